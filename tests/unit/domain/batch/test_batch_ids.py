"""Ids of a batch's predictions."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.batch.batch_ids import MAX_ROW, batch_prediction_id
from tideline.serving.prediction_id import made_at_ms

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = st.integers(1, MAX_ROW)


@given(ROWS)
def test_an_id_is_a_uuid_of_version_7_that_tells_when_the_job_began(row: int) -> None:
    name = batch_prediction_id("job", row, started_at=AT + timedelta(microseconds=1_234_567))

    assert uuid.UUID(name).version == 7
    assert uuid.UUID(name).variant == uuid.RFC_4122
    assert made_at_ms(name) == int(AT.timestamp() * 1000) + 1_234


@given(ROWS, ROWS)
def test_ids_sort_as_their_rows_do_and_are_their_own(first: int, second: int) -> None:
    ids = [batch_prediction_id("job", row, started_at=AT) for row in (first, second)]

    assert (ids[0] < ids[1]) == (first < second)
    assert (ids[0] == ids[1]) == (first == second)


@given(ROWS)
def test_two_jobs_of_one_millisecond_share_no_id(row: int) -> None:
    assert batch_prediction_id("a", row, started_at=AT) != batch_prediction_id("b", row, started_at=AT)


@pytest.mark.parametrize("row", [0, -1, MAX_ROW + 1])
def test_what_is_no_row_has_no_id(row: int) -> None:
    with pytest.raises(ValueError, match="rows count from 1"):
        batch_prediction_id("job", row, started_at=AT)
