from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tideline.domain.evaluation.inference.rate_intervals import GroupSample, gap_interval


def rate(hits, rows):
    return GroupSample((np.arange(rows) < hits).astype(float), is_rate=True)


@pytest.mark.parametrize(("hits", "rows"), [(0, 30), (3, 30), (30, 30), (120, 400)])
def test_a_rates_interval_is_wilsons(hits, rows):
    found = rate(hits, rows).interval(confidence=0.95)
    expected = stats.binomtest(hits, rows).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert (found.rows, found.resamples) == (rows, 0)


def test_a_means_interval_is_students():
    values = np.random.default_rng(0).normal(size=40)
    found = GroupSample(values, is_rate=False).interval(confidence=0.9)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-3)


def test_a_gap_between_two_groups_is_newcombes():
    """His example: 56 of 70 against 48 of 80 is 0.2 (0.0524 to 0.3339), method 10."""
    found = gap_interval(rate(56, 70), rate(48, 80), confidence=0.95, pairs=1)
    assert (found.estimate, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_none_against_all_of_thirty_is_not_certain():
    found = gap_interval(rate(30, 30), rate(0, 30), confidence=0.95, pairs=1)
    assert 0.8 < found.low < found.estimate == found.high == 1


def test_more_pairs_make_the_interval_wider():
    one, ten = (gap_interval(rate(20, 50), rate(10, 50), confidence=0.95, pairs=n) for n in (1, 10))
    assert ten.low < one.low < one.high < ten.high


def test_the_widest_of_many_gaps_holds_the_truth_as_often_as_promised():
    random = np.random.default_rng(0)
    missed = 0
    for _ in range(400):
        groups = sorted(random.binomial(100, 0.4, size=8))
        missed += gap_interval(rate(groups[-1], 100), rate(groups[0], 100), confidence=0.95, pairs=28).low > 0
    # Of 400 trials at 5 % more than 32 miss with a probability of 0.3 %.
    assert missed <= 32


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_a_gap_lies_within_its_interval_and_minus_one_and_one(n, m, data):
    a = rate(data.draw(st.integers(0, n)), n)
    b = rate(data.draw(st.integers(0, m)), m)
    higher, lower = sorted((a, b), key=lambda sample: -sample.estimate)
    found = gap_interval(higher, lower, confidence=0.95, pairs=3)
    assert -1 <= found.low <= found.estimate <= found.high <= 1 + 1e-12
