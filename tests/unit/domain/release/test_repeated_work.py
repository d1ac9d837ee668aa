from __future__ import annotations

from tests.fakes.samples import evaluated, version
from tideline.domain.release.repeated_work import outcome
from tideline.domain.release.version import VersionState

PASSED = evaluated("PROMOTE", "beats the floor")
FAILED = evaluated("REJECT", "below the minimum")


def test_a_run_that_made_the_version_is_told_with_the_verdict_that_the_version_keeps() -> None:
    own = version(state=VersionState.CANDIDATE, run_id="mine", evaluation=PASSED)
    assert outcome(own, run_id="mine", judged=FAILED) == PASSED


def test_two_runs_that_pass_need_no_more_words() -> None:
    other = version(state=VersionState.LIVE, run_id="other", evaluation=PASSED)
    assert outcome(other, run_id="mine", judged=PASSED) == PASSED


def test_two_runs_that_fail_have_their_own_reasons_each() -> None:
    other = version(state=VersionState.REJECTED, run_id="other", evaluation=evaluated("REJECT", "too slow"))
    assert outcome(other, run_id="mine", judged=FAILED) == FAILED


def test_what_a_person_rejected_stays_rejected_whatever_the_gate_says() -> None:
    other = version(state=VersionState.REJECTED, run_id="other", evaluation=PASSED, note="unfair to the old")
    told = outcome(other, run_id="mine", judged=PASSED)
    assert told.verdict == "REJECT"
    assert told.reasons == (
        "version 1, the same work by run other, was rejected before and stays so: unfair to the old",
    )
