from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tideline.domain.labels.label_span import Span, label_file_name
from tideline.domain.labels.told_days import ToldDay, told_days

DAY = timedelta(days=1)
TODAY = datetime(2026, 3, 2, tzinfo=UTC)
AT = TODAY + timedelta(hours=12)
HORIZON = 5 * DAY


def name(first: int, last: int, *, by_entity: bool = False) -> str:
    """Return the name of a file with labels from so many days ago to so many, at noon."""
    span = Span(AT - first * DAY, AT - last * DAY)
    return label_file_name("0" * 64, f"{first:012d}{last:012d}", span, by_entity=by_entity)


def back(days: list[ToldDay]) -> list[int]:
    return [(TODAY - day.since) // DAY for day in days]


def told(*files: str) -> list[ToldDay]:
    return told_days(files, at=AT, horizon=HORIZON)


def test_labels_by_id_are_about_the_days_of_their_ids() -> None:
    days = told(name(3, 2), name(3, 3), name(40, 39))
    assert back(days) == [3, 2]
    assert [len(day.files) for day in days] == [2, 1]
    assert [list(day.answered) for day in days] == [[day.since] for day in days]


def test_labels_by_entity_are_about_the_days_of_a_horizon_before_too() -> None:
    days = told(name(3, 2, by_entity=True))
    assert back(days) == [6, 5, 4, 3, 2]
    # Answers after the labels' own times take none.
    assert {day.last for day in days[:-1]} == {AT - 2 * DAY}
    assert list(days[0].answered) == [TODAY - ago * DAY for ago in (6, 5, 4, 3, 2)]


def test_an_answer_later_than_the_horizon_takes_no_label_from_the_day() -> None:
    oldest = told(name(6, 0, by_entity=True))[0]
    assert oldest.last < oldest.until + HORIZON < AT


@pytest.mark.parametrize("other", ["any.parquet", label_file_name("0" * 64, "0" * 24, None, by_entity=True)])
def test_labels_of_any_time_are_about_every_day(other: str) -> None:
    days = told(other)
    assert back(days) == [6, 5, 4, 3, 2, 1, 0]
    assert list(days[-2].answered) == [TODAY - DAY, TODAY]


def test_ids_of_another_make_may_be_of_every_day_and_of_no_other_days_answers() -> None:
    days = told(label_file_name("0" * 64, "0" * 24, None, by_entity=False))
    assert back(days) == [6, 5, 4, 3, 2, 1, 0]
    assert all(day.last < day.until for day in days)


def test_without_labels_there_is_no_day() -> None:
    assert told() == []
