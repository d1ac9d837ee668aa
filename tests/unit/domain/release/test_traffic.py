from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.release.traffic import SLOTS, Slots, allocate, collapse, expand


@st.composite
def _weights(draw: st.DrawFn) -> dict[int, int]:
    """Weights of up to four challengers, with something left for the champion or not."""
    left, weights = SLOTS, {}
    for version in draw(st.sets(st.integers(1, 6), max_size=4)):
        weights[version] = draw(st.integers(0, left))
        left -= weights[version]
    return weights


_PLANS = st.lists(_weights(), min_size=1, max_size=5)


def _owners(slots: dict[int, Slots]) -> list[int]:
    """The version that answers each slot; the champion is 0."""
    owners = [0] * SLOTS
    for version, ranges in slots.items():
        for slot in expand(ranges):
            assert owners[slot] == 0
            owners[slot] = version
    return owners


def _variation(before: dict[int, int], after: dict[int, int]) -> float:
    """Total variation distance between two weightings, in percent."""
    shares = [{0: SLOTS - sum(weights.values()), **weights} for weights in (before, after)]
    versions = {*shares[0], *shares[1]}
    return sum(abs(shares[0].get(v, 0) - shares[1].get(v, 0)) for v in versions) / 2


@given(_PLANS)
def test_each_version_gets_its_weight_and_no_more_callers_move_than_must(plans: list[dict[int, int]]) -> None:
    held: dict[int, Slots] = {}
    weights: dict[int, int] = {}
    for after in plans:
        given_out = allocate(after, held)
        owners = _owners(given_out)
        assert {version: owners.count(version) for version in after} == after
        moved = sum(a != b for a, b in zip(_owners(held), owners, strict=True))
        assert moved == _variation(weights, after)
        held, weights = given_out, after


@given(st.sets(st.integers(0, SLOTS - 1)))
def test_ranges_are_the_slots_they_stand_for(slots: set[int]) -> None:
    ranges = collapse(slots)
    assert expand(ranges) == sorted(slots)
    assert all(a[1] < b[0] for a, b in pairwise(ranges))


def test_a_canary_grows_from_where_it_began() -> None:
    first = allocate({4: 5}, {})
    assert first == {4: ((0, 5),)}
    assert allocate({4: 25}, first) == {4: ((0, 25),)}
    assert allocate({4: 100}, first) == {4: ((0, 100),)}


def test_who_grows_takes_what_another_challenger_gives_up() -> None:
    assert allocate({4: 10, 5: 30}, {4: ((0, 20),), 5: ((20, 40),)}) == {4: ((0, 10),), 5: ((10, 40),)}


def test_a_challenger_that_is_gone_gives_all_up() -> None:
    assert allocate({}, {4: ((0, 20),)}) == {}
    assert allocate({5: 0}, {4: ((0, 20),)}) == {5: ()}


@pytest.mark.parametrize("weights", [{4: -1}, {4: 60, 5: 41}])
def test_weights_that_are_no_shares_are_refused(weights: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="at most 100 together"):
        allocate(weights, {})


@pytest.mark.parametrize("before", [{4: ((0, 5),), 5: ((4, 6),)}, {4: ((99, 101),)}])
def test_slots_that_nobody_could_have_given_out_are_refused(before: dict[int, Slots]) -> None:
    with pytest.raises(ValueError, match="same slot"):
        allocate({4: 5}, before)
