from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tideline.domain.monitoring.counting.columns import count_numbers
from tideline.domain.monitoring.drift.two_sample import (
    TestResult,
    homogeneity,
    kolmogorov_smirnov,
    same_rate,
    strongest,
)
from tideline.domain.training.profile import profile_numbers

COUNTS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=40)


@given(COUNTS)
def test_p_values_are_probabilities_and_sides_may_be_swapped(cells):
    then, now = ([pair[side] for pair in cells] for side in (0, 1))
    for test in (kolmogorov_smirnov, homogeneity):
        found, swapped = test(then, now), test(now, then)
        if found is None:
            assert not sum(then) or not sum(now)
            continue
        assert 0 <= found.p_value <= 1
        assert found.p_value == pytest.approx(swapped.p_value, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.3])
def test_the_distance_over_bins_is_just_below_the_one_of_values(shift):
    random = np.random.default_rng(6)
    reference = random.normal(size=20_000).astype(np.float32)
    current = random.normal(shift, size=800).astype(np.float32)
    against = profile_numbers(reference)
    found = kolmogorov_smirnov(against.counts, count_numbers(against, current).counts)
    exact = stats.ks_2samp(reference, current, method="asymp")
    assert exact.statistic - 0.02 <= found.statistic <= exact.statistic
    assert found.p_value >= exact.pvalue * 0.8


def test_without_binning_the_p_value_is_scipys_exact_one():
    random = np.random.default_rng(7)
    values = [random.normal(size=400), random.normal(0.15, size=300)]
    edges = np.sort(np.concatenate(values))
    counts = [np.histogram(side, [-np.inf, *edges])[0] for side in values]
    # Histogram bins hold their lower bound, so that each value is one bin later; the distances are the same.
    found, exact = kolmogorov_smirnov(*counts), stats.ks_2samp(*values, method="exact")
    assert found.statistic == pytest.approx(exact.statistic)
    assert found.p_value == pytest.approx(exact.pvalue, rel=0.1)


@pytest.mark.parametrize("rows", [60, 500])
@pytest.mark.parametrize("draw", ["normal", "heavy", "discrete", "zeros"])
def test_kolmogorov_and_smirnov_cry_wolf_no_oftener_than_said(rows, draw):
    random = np.random.default_rng(8)
    draws = {
        "normal": lambda n: random.normal(size=n),
        "heavy": random.standard_cauchy,
        "discrete": lambda n: random.integers(0, 5, n),
        "zeros": lambda n: random.exponential(size=n) * (random.random(n) < 0.2),
    }
    against = profile_numbers(draws[draw](20_000).astype(np.float32))
    p_values = []
    for _ in range(400):
        now = count_numbers(against, draws[draw](rows).astype(np.float32))
        p_values.append(kolmogorov_smirnov(against.counts, now.counts).p_value)
    for level in (0.01, 0.05, 0.2):
        assert stats.binomtest(int(np.sum(np.array(p_values) <= level)), 400, level, "greater").pvalue > 0.001


def test_chi_squared_is_scipys_where_no_cell_is_small():
    table = [[100, 200, 300], [20, 20, 50]]
    expected = stats.chi2_contingency(table)
    found = homogeneity(*table)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_small_cells_are_taken_together_until_they_are_expected_often_enough():
    then, now = [1000, 3, 2, 1000, 600], [100, 1, 0, 100, 70]
    expected = stats.chi2_contingency([[1000, 1000, 605], [100, 100, 71]])
    assert homogeneity(then, now).p_value == pytest.approx(expected.pvalue)


def test_many_rare_values_are_tested_in_groups():
    then, now = [100] * 200, [10] * 100 + [0] * 100
    assert homogeneity(then, now).p_value < 1e-6


def test_one_value_on_both_sides_tells_nothing():
    assert homogeneity([100, 0], [10, 0]).p_value == 1


def test_no_rows_are_no_test():
    assert homogeneity([0, 0], [1, 2]) is None
    assert kolmogorov_smirnov([1, 2], [0, 0]) is None
    assert same_rate((0, 0), (1, 2)) is None


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ((3, 20_000), (1, 500)),
        ((0, 20_000), (2, 500)),
        ((5, 40), (9, 30)),
        ((40, 40), (29, 30)),
        ((0, 3), (3, 3)),
    ],
)
def test_rare_rates_are_tested_exactly(then, now):
    table = [[then[0], then[1] - then[0]], [now[0], now[1] - now[0]]]
    assert same_rate(then, now).p_value == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


@given(st.integers(0, 30), st.integers(1, 400), st.integers(0, 30), st.integers(1, 60))
def test_fishers_is_scipys(was, before, is_now, rows):
    then, now = (min(was, before), before), (min(is_now, rows), rows)
    table = [[then[0], before - then[0]], [now[0], rows - now[0]]]
    assert same_rate(then, now).p_value == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-5)


def test_frequent_rates_agree_with_the_exact_test():
    table = [[20_000, 80_000], [1080, 3920]]
    found = same_rate((20_000, 100_000), (1080, 5000)).p_value
    assert found == pytest.approx(stats.fisher_exact(table).pvalue, rel=0.1)


def test_the_strongest_of_some_tests_pays_for_having_been_chosen():
    weak, strong = TestResult("ks", 0.1, 0.4), TestResult("chi_squared", 9.0, 0.01)
    assert strongest([weak, None, strong]) == TestResult("chi_squared", 9.0, 0.02)
    assert strongest([weak, weak]).p_value == 0.8
    assert strongest([None]) is None
