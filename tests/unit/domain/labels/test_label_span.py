from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.labels.label_span import Span, dropped_as, joined_span, label_file_name, may_hold

CONTENT, OBJECT = "ab" * 32, "cd" * 12
MOMENTS = st.datetimes(
    min_value=datetime.fromisoformat("0001-01-02"),
    max_value=datetime.fromisoformat("9999-12-30"),
    timezones=st.just(UTC),
)
SPANS = st.tuples(MOMENTS, MOMENTS).map(lambda pair: Span(min(pair), max(pair)))


@given(SPANS, SPANS)
def test_a_file_with_a_moment_in_a_span_is_never_left_out(held: Span, asked: Span) -> None:
    key = f"churn/labels/{label_file_name(CONTENT, OBJECT, held)}"
    overlap = held.first <= asked.last and held.last >= asked.first
    near = held.first - timedelta(hours=1) <= asked.last and held.last + timedelta(hours=1) >= asked.first

    assert may_hold(key, asked) >= overlap
    assert may_hold(key, asked) <= near


@pytest.mark.parametrize("name", [label_file_name(CONTENT, OBJECT, None), "anything.parquet"])
def test_a_file_that_does_not_say_when_may_hold_anything(name: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    assert may_hold(f"churn/labels/{name}", Span(moment, moment))


def test_a_file_says_which_object_it_comes_from() -> None:
    assert dropped_as(f"churn/labels/{label_file_name(CONTENT, OBJECT, None)}") == OBJECT
    assert dropped_as("churn/labels/anything.parquet") is None


def test_spans_are_joined_where_there_are_any() -> None:
    moments = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]

    assert joined_span(None, None) is None
    assert joined_span(Span(moments[1], moments[1]), None, Span(moments[0], moments[0])) == Span(
        moments[0], moments[1]
    )
