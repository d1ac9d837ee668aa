from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.serving.prediction_id import MAX_IN_A_CALL, RANDOM_BYTES, made_at_ms, prediction_ids
from tideline.serving.requests import MAX_INSTANCES

_RANDOM = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)
_MOMENTS = st.integers(0, 2**48 - 2)


@given(_MOMENTS, _RANDOM)
def test_they_are_uuids_of_version_7(at_ms: int, random: bytes) -> None:
    [name] = prediction_ids(1, at_ms=at_ms, random=random)
    parsed = uuid.UUID(name)
    assert str(parsed) == name
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == at_ms


@given(_MOMENTS, _RANDOM, _MOMENTS, _RANDOM)
def test_they_sort_by_time_and_position(early: int, one: bytes, late: int, other: bytes) -> None:
    if early >= late:
        early, late = late, early + 1
    names = prediction_ids(MAX_INSTANCES, at_ms=early, random=one) + prediction_ids(
        2, at_ms=late, random=other
    )
    assert sorted(names) == names
    assert len(set(names)) == MAX_INSTANCES + 2


def test_calls_of_one_millisecond_differ_by_their_random_bits() -> None:
    [one] = prediction_ids(1, at_ms=1, random=bytes(8))
    [other] = prediction_ids(1, at_ms=1, random=bytes(7) + b"\1")
    assert one != other


def test_more_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="4097 predictions"):
        prediction_ids(MAX_IN_A_CALL + 1, at_ms=1, random=bytes(8))


@given(st.integers(0, 2**48 - 1), st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_an_id_tells_when_it_was_made(at_ms: int, random: bytes) -> None:
    assert {made_at_ms(each) for each in prediction_ids(3, at_ms=at_ms, random=random)} == {at_ms}


@pytest.mark.parametrize("text", ["", "nope", "00000000-0000-4000-8000-000000000000"])
def test_other_ids_tell_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="not the id of a prediction"):
        made_at_ms(text)
