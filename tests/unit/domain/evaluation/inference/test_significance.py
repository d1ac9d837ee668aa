from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tideline.domain.evaluation.inference.significance import holm, student_cdf, student_quantile

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@pytest.mark.parametrize("freedom", [9, 19, 99, 1999])
@pytest.mark.parametrize("t", [-5.0, -3.0, -1.96, -0.5, 0.0, 1.3, 4.0])
def test_students_tails_are_scipys(t, freedom):
    assert student_cdf(t, freedom=freedom) == pytest.approx(stats.t.cdf(t, freedom), rel=0.06, abs=1e-9)


@pytest.mark.parametrize("freedom", [9, 19, 99, 1999])
@pytest.mark.parametrize("share", [0.0005, 0.025, 0.5, 0.975, 0.9999])
def test_students_quantiles_are_scipys(share, freedom):
    expected = stats.t.ppf(share, freedom)
    assert student_quantile(share, freedom=freedom) == pytest.approx(expected, rel=0.02, abs=1e-9)


def test_holm_multiplies_the_smallest_by_all_and_never_goes_down():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("p_value", [math.nan, math.inf])
def test_a_p_value_that_is_none_leaves_the_others_as_they_are_without_it(place, p_value):
    family = [1e-6, 0.5]
    adjusted = holm([*family[:place], p_value, *family[place:]])
    assert math.isnan(adjusted.pop(place))
    assert adjusted == holm(family) == pytest.approx([2e-6, 0.5])


def test_nothing_tested_is_nothing_adjusted():
    assert holm([]) == []


@given(P_VALUES)
def test_holm_keeps_the_order_lies_between_the_p_value_and_bonferronis(p_values):
    adjusted = holm(p_values)
    for p, after in zip(p_values, adjusted, strict=True):
        assert p <= after <= min(1.0, len(p_values) * p) or after == p
    pairs = sorted(zip(p_values, adjusted, strict=True))
    assert [after for _, after in pairs] == sorted(adjusted)
