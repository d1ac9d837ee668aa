from __future__ import annotations

import pytest

from tests.fakes.clock import START
from tests.fakes.samples import MODEL, order, run, spec
from tideline.domain.training.admission import Admission, Denial, Request, Situation, admit
from tideline.domain.training.run import Run, RunStatus, Trigger

DATA, REQUEST, SCHEDULE = Trigger.DATA, Trigger.REQUEST, Trigger.SCHEDULE
FAILED, RUNNING, REGISTERED, REJECTED = (
    RunStatus.FAILED,
    RunStatus.RUNNING,
    RunStatus.REGISTERED,
    RunStatus.REJECTED,
)


def decide(
    trigger: Trigger,
    *statuses: RunStatus,
    on: tuple[str, ...] = ("data",),
    data: int = 1,
    has_versions: bool = True,
    force: bool = False,
) -> Admission:
    retraining = {"on": on, "schedule": "rate(1 day)"}
    runs: list[Run] = [run(order(attempt=n), status, attempt=n) for n, status in enumerate(statuses, start=1)]
    return admit(
        Request(MODEL, trigger, "event", force=force),
        Situation(spec(retraining=retraining), 1, data, tuple(runs), has_versions),
        at=START,
    )


@pytest.mark.parametrize("trigger", Trigger)
@pytest.mark.parametrize("force", [False, True])
def test_without_data_nothing_starts(trigger: Trigger, force: bool) -> None:
    assert decide(trigger, data=0, force=force).denial is Denial.NO_DATA


@pytest.mark.parametrize(
    ("trigger", "on", "has_versions", "denial"),
    [
        (DATA, ("data",), True, None),
        (DATA, ("schedule",), True, Denial.NOT_ASKED_FOR),
        (DATA, ("schedule",), False, None),
        (SCHEDULE, ("schedule",), True, None),
        (SCHEDULE, ("data",), True, Denial.NOT_ASKED_FOR),
        (SCHEDULE, ("data",), False, None),
        (REQUEST, (), True, None),
        (DATA, (), True, Denial.NOT_ASKED_FOR),
    ],
)
def test_the_spec_says_what_starts_a_run_after_the_first(
    trigger: Trigger, on: tuple[str, ...], has_versions: bool, denial: Denial | None
) -> None:
    assert decide(trigger, on=on, has_versions=has_versions).denial is denial


@pytest.mark.parametrize(
    ("trigger", "statuses", "force", "attempt"),
    [
        (DATA, (), False, 1),
        (REQUEST, (), True, 1),
        (REQUEST, (FAILED,), False, 2),
        (SCHEDULE, (FAILED, FAILED), False, 3),
        (DATA, (FAILED,), False, None),
        (DATA, (FAILED,), True, 2),
        (REQUEST, (RUNNING,), False, None),
        (REQUEST, (REGISTERED,), False, None),
        (REQUEST, (REJECTED,), False, None),
        (REQUEST, (REJECTED,), True, 2),
        (REQUEST, (FAILED, REGISTERED), False, None),
    ],
)
def test_the_same_work_is_done_again_only_after_failure_or_by_force(
    trigger: Trigger, statuses: tuple[RunStatus, ...], force: bool, attempt: int | None
) -> None:
    decision = decide(trigger, *statuses, on=("data", "schedule"), force=force)
    if attempt is None:
        assert decision.denial is Denial.NOTHING_NEW
    else:
        assert (decision.denial, decision.attempt) == (None, attempt)


def test_a_denial_says_what_the_last_run_came_to() -> None:
    assert "ended as rejected" in decide(REQUEST, REJECTED).explanation
    assert "is doing that already" in decide(REQUEST, RUNNING).explanation
