from __future__ import annotations

import pytest
from scipy import stats

from tideline.domain.monitoring.drift.tails import chi_squared_tail, kolmogorov_tail


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 49, 255])
@pytest.mark.parametrize("times", [0.0, 0.1, 0.9, 1.0, 1.5, 3.0, 8.0])
def test_chi_squareds_tail_is_scipys(freedom, times):
    expected = stats.chi2.sf(times * freedom, freedom)
    assert chi_squared_tail(times * freedom, freedom=freedom) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("statistic", [0.0, 0.05, 0.2, 0.5, 0.9, 1.17, 1.18, 1.19, 1.5, 2.5, 6.0])
def test_kolmogorovs_tail_is_scipys(statistic):
    assert kolmogorov_tail(statistic) == pytest.approx(stats.kstwobign.sf(statistic), rel=1e-9, abs=1e-14)


def test_far_out_nothing_is_left():
    assert chi_squared_tail(1e6, freedom=3) == kolmogorov_tail(100) == 0
