from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import distance

from tideline.domain.monitoring.drift.distances import (
    FLOOR,
    jensen_shannon_distance,
    population_stability_index,
    population_stability_parts,
)


@st.composite
def two_histograms(draw):
    bins = draw(st.integers(1, 30))
    sides = [
        np.array(draw(st.lists(st.integers(0, 1000), min_size=bins, max_size=bins).filter(any))) for _ in "ab"
    ]
    return tuple(side / side.sum() for side in sides)


@given(two_histograms())
def test_distances_are_symmetric_and_never_negative(sides):
    for distance_of in (population_stability_index, jensen_shannon_distance):
        assert distance_of(*sides) == pytest.approx(distance_of(*sides[::-1]), abs=1e-12)
        assert distance_of(*sides) >= 0
        assert distance_of(sides[0], sides[0]) == 0


@given(two_histograms())
def test_jensen_and_shannons_is_scipys(sides):
    assert jensen_shannon_distance(*sides) == pytest.approx(distance.jensenshannon(*sides, base=2), abs=1e-7)


@given(two_histograms(), st.integers(0, 28))
def test_taking_bins_together_never_adds_to_the_index(sides, place):
    if place + 1 >= len(sides[0]):
        return
    taken = [np.add.reduceat(side, [at for at in range(len(side)) if at != place + 1]) for side in sides]
    assert jensen_shannon_distance(*taken) <= jensen_shannon_distance(*sides) + 1e-7
    if min(map(min, sides)) >= FLOOR:
        assert population_stability_index(*taken) <= population_stability_index(*sides) + 1e-12


def test_no_overlap_is_a_distance_of_one():
    assert jensen_shannon_distance([1, 0], [0, 1]) == 1


def test_the_index_is_what_a_hand_calculates():
    expected = 0.1 * math.log(0.6 / 0.5) - 0.1 * math.log(0.4 / 0.5)
    assert population_stability_index([0.5, 0.5], [0.6, 0.4]) == pytest.approx(expected)


def test_an_empty_bin_is_taken_to_hold_the_floor():
    assert population_stability_index([1, 0], [0.9, 0.1]) == pytest.approx(
        (0.1 - FLOOR) * math.log(0.1 / FLOOR) - 0.1 * math.log(0.9)
    )
    assert population_stability_parts([1, 0], [0.9, 0.1]).argmax() == 1


@pytest.mark.parametrize("distance_of", [population_stability_index, jensen_shannon_distance])
def test_other_bins_are_refused(distance_of):
    with pytest.raises(ValueError, match="not the same bins"):
        distance_of([1.0], [0.5, 0.5])
