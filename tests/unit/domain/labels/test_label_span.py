from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.labels.label_span import Span, dropped_as, joined_span, label_file_name, may_hold

CONTENT, OBJECT = "ab" * 32, "cd" * 12
MOMENTS = st.datetimes(
    min_value=datetime.fromisoformat("0001-01-02"),
    max_value=datetime.fromisoformat("9998-12-30"),
    timezones=st.just(UTC),
)
SPANS = st.tuples(MOMENTS, MOMENTS).map(lambda pair: Span(min(pair), max(pair)))


@given(SPANS, SPANS, st.booleans(), st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=300)))
def test_a_file_with_a_label_of_a_period_is_never_left_out(
    held: Span, asked: Span, by_entity: bool, horizon: timedelta
) -> None:
    key = f"churn/labels/{label_file_name(CONTENT, OBJECT, held, by_entity=by_entity)}"
    last = asked.last + horizon if by_entity else asked.last
    overlap = held.first <= last and held.last >= asked.first
    near = held.first - timedelta(hours=1) <= last and held.last + timedelta(hours=1) >= asked.first

    assert may_hold(key, period=asked, horizon=horizon) >= overlap
    assert may_hold(key, period=asked, horizon=horizon) <= near


def test_labels_by_id_of_later_days_are_not_of_a_day() -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    period = Span(day, day + timedelta(hours=23, minutes=59))
    later = Span(day + timedelta(days=1), day + timedelta(days=2))
    by_id, by_entity = (label_file_name(CONTENT, OBJECT, later, by_entity=kind) for kind in (False, True))

    assert not may_hold(by_id, period=period, horizon=timedelta(days=90))
    assert may_hold(by_entity, period=period, horizon=timedelta(days=90))


@pytest.mark.parametrize(
    "name",
    [
        label_file_name(CONTENT, OBJECT, None, by_entity=False),
        label_file_name(CONTENT, OBJECT, None, by_entity=True),
        "anything.parquet",
    ],
)
def test_a_file_that_does_not_say_when_may_hold_anything(name: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    assert may_hold(f"churn/labels/{name}", period=Span(moment, moment), horizon=timedelta(0))


def test_a_file_says_which_object_it_comes_from() -> None:
    assert dropped_as(f"churn/labels/{label_file_name(CONTENT, OBJECT, None, by_entity=True)}") == OBJECT
    assert dropped_as("churn/labels/anything.parquet") is None


def test_spans_are_joined_where_there_are_any() -> None:
    moments = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]

    assert joined_span(None, None) is None
    assert joined_span(Span(moments[1], moments[1]), None, Span(moments[0], moments[0])) == Span(
        moments[0], moments[1]
    )
