from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tideline.domain.monitoring.drift.discoveries import adjusted

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(P_VALUES)
def test_one_family_is_adjusted_as_scipy_does(p_values):
    assert adjusted(p_values) == pytest.approx(stats.false_discovery_control(p_values), rel=1e-12)


@given(P_VALUES, P_VALUES)
def test_windows_before_never_make_a_finding_surer(p_values, earlier):
    for p, alone, after in zip(
        p_values, adjusted(p_values), adjusted(p_values, earlier=earlier), strict=True
    ):
        assert p <= alone <= after <= 1


def test_an_old_drift_does_not_loosen_the_limit_for_what_is_new():
    assert adjusted([0.04, 0.9], earlier=[0.0] * 100)[0] == pytest.approx(0.08)


def test_quiet_windows_before_ask_for_more_evidence():
    assert adjusted([0.001], earlier=[0.5] * 99)[0] == pytest.approx(0.1)


def test_what_is_no_test_stays_none_and_counts_for_nothing():
    found = adjusted([0.01, math.nan, 0.5], earlier=[math.nan, math.inf])
    assert math.isnan(found[1])
    assert [found[0], found[2]] == pytest.approx([0.02, 0.5])


def test_of_what_is_found_few_are_false():
    """100 columns, 20 of them shifted: the mean share of false finds is what was asked for, times 80 %."""
    random = np.random.default_rng(5)
    shares = []
    for _ in range(300):
        null, shifted = random.normal(size=80), random.normal(3, size=20)
        found = np.array(adjusted(stats.norm.sf([*null, *shifted]).tolist())) <= 0.1
        shares.append(found[:80].sum() / max(1, found.sum()))
    assert 0.05 < np.mean(shares) < 0.1


def test_nothing_tested_is_nothing_adjusted():
    assert adjusted([], earlier=[0.1]) == []
