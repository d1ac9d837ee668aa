from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.evaluation.samples import champion, fairness, floor, minimum, rows, slices
from tideline.domain.evaluation.verdict.check_words import MAX_REASON
from tideline.domain.evaluation.verdict.checks import NoChampion
from tideline.domain.evaluation.verdict.gate import MAX_REASONS, Decision, Verdict, judge


def test_a_candidate_that_passes_every_check_is_promoted_for_all_of_them():
    verdict = judge([rows(), floor(), minimum(), champion()])
    assert verdict.decision is Decision.PROMOTE
    assert verdict.reasons == tuple(check.text for check in verdict.checks)
    assert [check.code for check in verdict.checks] == ["rows", "floor", "minimum", "champion"]


@pytest.mark.parametrize(
    ("failing", "code"),
    [
        (floor(low=-0.3, high=-0.01), "floor"),
        (minimum(0.9), "minimum"),
        (champion(difference=-0.02), "champion"),
        (slices(blocking=1), "slices"),
        (fairness(0.2), "fairness"),
    ],
)
def test_one_failed_check_rejects_and_is_the_only_reason(failing, code):
    passing = [check for check in (floor(), minimum(), champion()) if check.code != code]
    verdict = judge([*passing, failing])
    assert verdict.decision is Decision.REJECT
    assert verdict.reasons == (failing.text,)
    assert len(verdict.checks) == len(passing) + 1


@pytest.mark.parametrize(
    "open_one",
    [
        rows(99),
        rows(1000, rarer=19),
        floor(low=-0.01),
        minimum(0.79),
        champion(difference=0.0),
        champion(difference=0.001, hypothesis="superiority"),
        slices(tested=0),
        fairness(0.11),
        fairness(None),
    ],
)
def test_a_check_that_cannot_tell_keeps_a_candidate_out_without_calling_it_bad(open_one):
    verdict = judge([floor(), open_one])
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.reasons == (open_one.text,)


def test_what_failed_outweighs_what_cannot_be_told():
    verdict = judge([rows(50), champion(difference=-0.02)])
    assert verdict.decision is Decision.REJECT
    assert verdict.reasons == (champion(difference=-0.02).text,)


def test_a_first_version_is_judged_without_a_champion_and_says_so():
    verdict = judge([floor(), NoChampion()])
    assert verdict.decision is Decision.PROMOTE
    assert verdict.reasons[-1] == "no version is live yet to compare with"


def test_reasons_are_bounded_in_number_and_length_so_that_they_can_travel():
    verdict = judge([fairness(0.2, attribute="x" * 2000) for _ in range(20)])
    assert len(verdict.checks) == 20
    assert len(verdict.reasons) == MAX_REASONS + 1
    assert verdict.reasons[-1] == f"and {20 - MAX_REASONS} more, in the report"
    assert max(len(reason) for reason in verdict.reasons) == MAX_REASON


@given(
    gain=st.floats(-1, 1),
    minimum_at=st.none() | st.floats(-1, 1),
    difference=st.none() | st.floats(-1, 1),
    held=st.integers(0, 200),
)
def test_only_a_candidate_that_passes_every_check_is_promoted(gain, minimum_at, difference, held):
    checks = [
        rows(held),
        floor(low=gain, high=max(gain, 0.35)),
        *([] if minimum_at is None else [minimum(minimum_at)]),
        NoChampion() if difference is None else champion(difference=difference),
    ]
    verdict = judge(checks)
    outcomes = {check.outcome for check in checks}
    assert (verdict.decision is Decision.PROMOTE) == (outcomes == {"passed"})
    assert (verdict.decision is Decision.REJECT) == ("failed" in outcomes)
    assert verdict.reasons
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
