from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.evaluation.checks import ChampionCheck, FloorCheck, MinimumCheck, NoChampion
from tideline.domain.evaluation.gate import Decision, Verdict, judge
from tideline.domain.evaluation.intervals import Interval

METRIC = "roc_auc"


def interval(estimate, low, high):
    return Interval(estimate=estimate, low=low, high=high, confidence=0.95, resamples=2000, rows=500)


def floor(low=0.25):
    return FloorCheck(metric=METRIC, candidate=0.8, floor=0.5, gain=interval(0.3, low, 0.35))


def minimum(value=0.75):
    return MinimumCheck(metric=METRIC, candidate=0.8, minimum=value)


def champion(difference=-0.004, margin=0.005):
    return ChampionCheck(
        metric=METRIC,
        version=3,
        candidate=0.8,
        champion=0.8 - difference,
        difference=interval(difference, difference - 0.01, difference + 0.01),
        margin=margin,
    )


def test_a_candidate_that_passes_every_check_is_promoted_for_all_of_them():
    verdict = judge(floor=floor(), minimum=minimum(), champion=champion())
    assert verdict.decision is Decision.PROMOTE
    assert verdict.reasons == tuple(check.text for check in verdict.checks)
    assert [check.code for check in verdict.checks] == ["floor", "minimum", "champion"]


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        ({"floor": floor(low=-0.01)}, "floor"),
        ({"minimum": minimum(0.81)}, "minimum"),
        ({"champion": champion(difference=-0.006)}, "champion"),
    ],
)
def test_one_failed_check_rejects_and_is_the_only_reason(checks, code):
    verdict = judge(**{"floor": floor(), "minimum": minimum(), "champion": champion(), **checks})
    assert verdict.decision is Decision.REJECT
    assert verdict.reasons == tuple(check.text for check in verdict.checks if check.code == code)
    assert len(verdict.checks) == 3


def test_a_first_version_is_judged_without_a_champion_and_says_so():
    verdict = judge(floor=floor(), minimum=None, champion=NoChampion())
    assert verdict.decision is Decision.PROMOTE
    assert verdict.reasons[-1] == "no version is live yet to compare with"


def test_a_gain_over_the_floor_that_may_be_chance_is_none():
    assert not floor(low=0.0).passed


def test_the_minimum_is_inclusive():
    assert minimum(0.8).passed


def test_the_margin_is_inclusive_in_spite_of_binary_fractions():
    assert 0.8 - 0.805 < -0.005
    assert champion(difference=0.8 - 0.805).passed
    assert not champion(difference=-0.00501).passed


def test_every_check_says_its_numbers():
    assert floor().text == (
        "roc_auc 0.8 beats the 0.5 of a constant answer (gain +0.3, 95 % interval 0.25 to 0.35)"
    )
    assert minimum(0.81).text == "roc_auc 0.8 is below the minimum of 0.81"
    assert champion(difference=-0.006).text == (
        "roc_auc 0.8 against 0.806 of version 3 on the same rows: worse by more than the margin of 0.005"
        " (difference -0.006, 95 % interval -0.016 to 0.004)"
    )
    assert NoChampion(version=3, cause="its target is 'a', not 'b'").text == (
        "not compared with version 3, which is live: its target is 'a', not 'b'"
    )


def test_large_numbers_are_written_out():
    check = MinimumCheck(metric="neg_mean_squared_error", candidate=-1234567.81, minimum=-2e6)
    assert check.text == "neg_mean_squared_error -1,234,567.8 reaches the minimum of -2,000,000.0"


@given(low=st.floats(-1, 1), minimum_at=st.none() | st.floats(-1, 1), difference=st.none() | st.floats(-1, 1))
def test_only_a_candidate_without_a_failed_check_is_promoted(low, minimum_at, difference):
    verdict = judge(
        floor=floor(low=low),
        minimum=None if minimum_at is None else minimum(minimum_at),
        champion=NoChampion() if difference is None else champion(difference=difference),
    )
    assert (verdict.decision is Decision.PROMOTE) == all(check.passed for check in verdict.checks)
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
