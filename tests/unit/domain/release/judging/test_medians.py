from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tideline.domain.release.judging.medians import (
    Ranked,
    evidence_of_ratio,
    median_bounds,
    ratio_bounds,
)
from tideline.domain.release.judging.mixture import Level

LEVEL = Level(0.05)
latencies = st.lists(st.floats(0.1, 1000), min_size=1, max_size=60).map(np.array)


@given(latencies, latencies, st.floats(0.2, 5))
@settings(max_examples=60, deadline=None)
def test_the_evidence_is_that_against_the_closest_pair_of_medians(
    champion: np.ndarray, challenger: np.ndarray, ratio: float
) -> None:
    ours, theirs = Ranked.of(champion), Ranked.of(challenger)

    # Every pair of places for the two medians, tried one by one.
    ends = np.append(ours.values, np.inf)
    pairs = [
        ours.against[i] + theirs.against[j]
        for i in range(len(ours.against))
        for j in range(len(theirs.against))
        if j == 0 or theirs.values[j - 1] <= ratio * ends[i]
    ]
    assert evidence_of_ratio(ours, theirs, ratio) == pytest.approx(min(pairs))


@given(latencies, latencies, st.floats(0.5, 2))
@settings(max_examples=30, deadline=None)
def test_bounds_scale_with_what_they_bound(
    champion: np.ndarray, challenger: np.ndarray, times: float
) -> None:
    low, high = ratio_bounds(Ranked.of(champion), Ranked.of(challenger), LEVEL)
    other_low, other_high = ratio_bounds(Ranked.of(champion), Ranked.of(challenger * times), LEVEL)

    assert other_low == pytest.approx(low * times, rel=1e-6)
    assert other_high == pytest.approx(high * times, rel=1e-6)
    assert low <= high


def test_few_numbers_bound_nothing() -> None:
    nothing, one = Ranked.of(np.empty(0)), Ranked.of(np.array([3.0]))

    assert ratio_bounds(nothing, one, LEVEL) == (0, math.inf)
    assert median_bounds(nothing, LEVEL) == (-math.inf, math.inf)
    assert median_bounds(one, LEVEL) == (-math.inf, math.inf)


def test_equal_numbers_are_their_own_median() -> None:
    same = Ranked.of(np.full(500, 12.0))

    assert median_bounds(same, LEVEL) == (12, 12)
    low, high = ratio_bounds(same, Ranked.of(np.full(500, 36.0)), LEVEL)
    assert (low, high) == pytest.approx((3, 3))


def test_the_median_lies_between_its_bounds_at_every_look() -> None:
    random = np.random.default_rng(3)
    missed = 0
    for _ in range(200):
        drawn = random.lognormal(0, 1, 400)
        looks = [median_bounds(Ranked.of(drawn[:n]), LEVEL) for n in range(40, 401, 40)]
        missed += any(not low <= 1 <= high for low, high in looks)

    assert missed / 200 <= LEVEL.alpha


@pytest.mark.parametrize("rounded", [False, True])
def test_many_looks_raise_no_more_false_alarms_than_promised(rounded: bool) -> None:
    random = np.random.default_rng(4)
    alarms = 0
    for _ in range(100):
        sides = [random.lognormal(math.log(median), 0.5, 400) for median in (10, 20)]
        # Clocks that tell whole milliseconds make many equal numbers.
        if rounded:
            sides = [np.maximum(1, np.round(side / 10)) for side in sides]
        looks = [[Ranked.of(side[:n]) for side in sides] for n in range(40, 401, 40)]
        alarms += any(evidence_of_ratio(ours, theirs, 2.0) >= LEVEL.joint for ours, theirs in looks)

    assert alarms / 100 <= LEVEL.alpha


def test_it_finds_a_version_that_takes_three_times_as_long() -> None:
    random = np.random.default_rng(5)
    champion, challenger = random.lognormal(0, 0.5, 900), 3 * random.lognormal(0, 0.5, 100)

    assert ratio_bounds(Ranked.of(champion), Ranked.of(challenger), LEVEL.split(12))[0] > 1.8
