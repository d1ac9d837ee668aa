from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.monitoring.drift.coarse_bins import coarse, coarse_starts
from tideline.domain.monitoring.drift.distances import population_stability_index

COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=120)


@given(COUNTS)
def test_every_row_is_in_one_coarse_bin_and_there_are_few(counts):
    starts = coarse_starts(counts)
    assert starts[0] == 0
    assert list(starts) == sorted(set(starts))
    assert sum(coarse(counts, starts)) == sum(counts)
    assert len(starts) <= 21


def test_a_hundred_even_bins_become_ten():
    assert coarse([10] * 100, coarse_starts([10] * 100)) == (100,) * 10


def test_what_is_left_of_a_stretch_joins_the_bin_before_it():
    assert coarse([10] * 105, coarse_starts([10] * 105)) == (110,) * 8 + (170,)


def test_a_value_that_many_rows_share_hides_nothing_beside_it():
    zeros = [10, 10, 900, 20, 20, 40]
    assert coarse(zeros, coarse_starts(zeros)) == (20, 900, 80)


def test_a_reference_without_rows_has_one_bin():
    assert coarse_starts([0, 0, 0]) == (0,)


@pytest.mark.parametrize(("bins", "mean"), [(100, 0.2), (10, 0.02)])
def test_fewer_bins_make_the_index_of_no_drift_small(bins, mean):
    """Why bins are made coarse: the mean is (k - 1)(1/n + 1/m)."""
    random = np.random.default_rng(4)
    shares = [1 / bins] * bins
    found = [population_stability_index(shares, random.multinomial(500, shares) / 500) for _ in range(200)]
    assert np.mean(found) == pytest.approx(mean, rel=0.3)
