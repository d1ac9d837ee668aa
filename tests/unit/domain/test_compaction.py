from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from tests.fakes.samples import MODEL
from tideline.domain.compaction import CompactionRequest, crowded_hours, days_to_look_at
from tideline.domain.keys import predictions_prefix

NOW = datetime(2026, 3, 3, 12, 5, tzinfo=UTC)


def files(*hours: tuple[int, int], count: int = 2) -> list[str]:
    at = (datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in hours)
    return [f"{predictions_prefix(MODEL, moment)}{n}.parquet" for moment in at for n in range(count)]


def test_the_days_of_the_window_are_looked_at() -> None:
    assert days_to_look_at(MODEL, NOW) == tuple(f"{MODEL}/predictions/date=2026-03-0{d}/" for d in (1, 2, 3))


def test_hours_of_two_days_before_the_current_one_are_merged() -> None:
    before, first, last, current = ((1, 11), (1, 12), (3, 11), (3, 12))

    found = crowded_hours(MODEL, files(before, first, last, current), NOW)

    assert found == (tuple(files(first)), tuple(files(last)))


def test_an_hour_of_one_file_is_left_alone() -> None:
    assert crowded_hours(MODEL, files((3, 9), (3, 10), count=1), NOW) == ()


def test_a_request_names_a_legal_model() -> None:
    with pytest.raises(ValidationError):
        CompactionRequest(model="../other", hour=NOW)
