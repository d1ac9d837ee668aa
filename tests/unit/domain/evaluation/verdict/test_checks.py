from __future__ import annotations

import pytest

from tests.unit.domain.evaluation.samples import champion, floor, interval, minimum, rows
from tideline.domain.evaluation.verdict.checks import MinimumCheck, NoChampion


@pytest.mark.parametrize(
    ("held", "rarer", "outcome"),
    [(100, 20, "passed"), (99, 50, "inconclusive"), (100, 19, "inconclusive"), (100, None, "passed")],
)
def test_rows_are_enough_from_both_least_numbers_on(held, rarer, outcome):
    assert rows(held, rarer=rarer).outcome == outcome


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(0.01, 0.3, "passed"), (0.0, 0.3, "inconclusive"), (-0.1, 0.01, "inconclusive"), (-0.2, 0.0, "failed")],
)
def test_a_gain_over_the_floor_that_may_be_chance_is_none(low, high, outcome):
    assert floor(low=low, high=high).outcome == outcome


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(0.78, "passed"), (0.781, "inconclusive"), (0.82, "inconclusive"), (0.821, "failed")],
)
def test_the_minimum_is_inclusive_and_asks_the_whole_interval(value, outcome):
    assert minimum(value).outcome == outcome


@pytest.mark.parametrize(
    ("difference", "outcome"),
    [(0.005, "passed"), (0.004, "inconclusive"), (-0.015, "inconclusive"), (-0.0151, "failed")],
)
def test_non_inferiority_asks_whether_the_interval_clears_minus_the_margin(difference, outcome):
    assert champion(difference).outcome == outcome


@pytest.mark.parametrize(
    ("difference", "outcome"),
    [(0.011, "passed"), (0.01, "inconclusive"), (-0.009, "inconclusive"), (-0.01, "failed")],
)
def test_superiority_asks_whether_the_interval_clears_0_and_knows_no_margin(difference, outcome):
    assert champion(difference, hypothesis="superiority", margin=0.5).outcome == outcome


def test_the_margin_is_inclusive_in_spite_of_binary_fractions():
    assert 0.8 - 0.805 < -0.005
    assert champion(0.8 - 0.805, width=0.0).outcome == "passed"
    assert champion(-0.00501, width=0.0).outcome == "failed"


def test_an_identical_model_is_no_worse_and_not_better():
    assert champion(0.0, width=0.0, margin=0.0).outcome == "passed"
    assert champion(0.0, width=0.0, hypothesis="superiority").outcome == "failed"


def test_every_check_says_its_numbers():
    assert rows().text == "500 holdout rows, 100 of the rarer class: enough to judge"
    assert rows(50, rarer=9).text == (
        "50 holdout rows, 9 of the rarer class: at least 100, and 20 of the rarer class, are needed"
    )
    assert rows(50, rarer=None).text == "50 holdout rows: at least 100 are needed"
    assert floor().text == (
        "roc_auc 0.8 beats the 0.5 of a constant answer (gain +0.3, 95 % interval 0.25 to 0.35)"
    )
    assert minimum(0.83).text == ("roc_auc 0.8 (95 % interval 0.78 to 0.82) is below the minimum of 0.83")
    assert champion(-0.02).text == (
        "roc_auc 0.8 against 0.82 of version 3 on the same rows: worse by more than the margin of 0.005"
        " (difference -0.02, 95 % interval -0.03 to -0.01)"
    )
    assert "possibly worse by more than the margin of 0.005" in champion(0.0).text
    assert "perhaps not better" in champion(0.0, hypothesis="superiority").text
    assert NoChampion(version=3, cause="its target is 'a', not 'b'").text == (
        "not compared with version 3, which is live: its target is 'a', not 'b'"
    )


def test_large_numbers_are_written_out():
    check = MinimumCheck(
        metric="neg_mean_squared_error", candidate=interval(-1234567.81, -1.3e6, -1.2e6), minimum=-2e6
    )
    assert check.text == (
        "neg_mean_squared_error -1,234,567.8 (95 % interval -1,300,000.0 to -1,200,000.0) reaches the minimum"
        " of -2,000,000.0"
    )
