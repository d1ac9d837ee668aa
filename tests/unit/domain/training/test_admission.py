from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.clock import START
from tests.fakes.samples import MODEL, order, run, spec
from tideline.domain.costs.cost import cost_of
from tideline.domain.costs.prices import us_east_1
from tideline.domain.costs.usage import Usage
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


# Everything at once: one run in flight, one just over, and both budgets and the breaker used up.
STRICT = {
    "on": ("data", "drift", "performance", "schedule"),
    "schedule": "rate(1 day)",
    "cooldown": "30d",
    "max_runs_per_month": 1,
    "max_cost_per_month": 0.01,
    "breaker": {"rejected": 1, "retry_after": "30d"},
}
ORDER = [
    Denial.NOTHING_NEW,
    Denial.IN_FLIGHT,
    Denial.COOLDOWN,
    Denial.RUN_BUDGET,
    Denial.COST_BUDGET,
    Denial.BREAKER_OPEN,
]
LIFT: dict[Denial, dict[str, object]] = {
    Denial.COOLDOWN: {"cooldown": None},
    Denial.RUN_BUDGET: {"max_runs_per_month": None},
    Denial.COST_BUDGET: {"max_cost_per_month": None},
    Denial.BREAKER_OPEN: {"breaker": {"rejected": 9, "retry_after": "30d"}},
}


def strictly(request: Request, *lifted: Denial) -> Admission:
    """Decide where every rule says no but those that are lifted."""
    rules = STRICT
    for denial in lifted:
        rules = rules | LIFT.get(denial, {})
    cost = cost_of(Usage(transitions=400), us_east_1("arm64"))
    done = run(status=REJECTED, ended_at=START, cost=cost)
    data = 2 if Denial.NOTHING_NEW in lifted else 1
    held = None if Denial.IN_FLIGHT in lifted else "churn-d9-s9"
    situation = Situation(spec(retraining=rules), 1, data, (done,), True, held)
    return admit(request, situation, at=START + timedelta(hours=1))


@pytest.mark.parametrize("trigger", [Trigger.DATA, Trigger.DRIFT, Trigger.PERFORMANCE, Trigger.SCHEDULE])
def test_rules_come_in_their_order_each_with_its_own_reason(trigger: Trigger) -> None:
    request = Request(MODEL, trigger, "event")
    told = [strictly(request, *ORDER[:n]).denial for n in range(len(ORDER) + 1)]
    assert told == [*ORDER, None]


@pytest.mark.parametrize(
    ("force", "binding"),
    [
        (False, [Denial.NOTHING_NEW, Denial.IN_FLIGHT, Denial.RUN_BUDGET, Denial.COST_BUDGET]),
        (True, [Denial.IN_FLIGHT, Denial.COST_BUDGET]),
    ],
)
def test_a_person_passes_what_doubts_that_a_run_is_worth_it_and_by_force_more(
    force: bool, binding: list[Denial]
) -> None:
    request = Request(MODEL, REQUEST, "event", force=force)
    told: list[Denial] = []
    while (denial := strictly(request, *told).denial) is not None:
        told.append(denial)
    assert told == binding


@pytest.mark.parametrize("rule", LIFT)
def test_a_rule_of_time_says_from_when_on_it_lets_a_run_start(rule: Denial) -> None:
    others = [denial for denial in ORDER if denial is not rule]
    denied = strictly(Request(MODEL, Trigger.DRIFT, "event"), *others)
    assert denied.denial is rule
    assert denied.until is not None
    assert denied.until > START


@pytest.mark.parametrize("trigger", [Trigger.DRIFT, Trigger.PERFORMANCE])
def test_drift_and_drops_start_runs_where_the_spec_lists_them(trigger: Trigger) -> None:
    assert decide(trigger, on=(trigger.value,)).denial is None
    assert decide(trigger, on=("data",)).denial is Denial.NOT_ASKED_FOR


def test_by_default_a_rule_that_is_not_set_holds_nothing_back() -> None:
    runs = tuple(run(order(n), REGISTERED, ended_at=START) for n in range(1, 50))
    situation = Situation(spec(), 1, 50, runs, True)
    assert admit(Request(MODEL, Trigger.DRIFT, "event"), situation, at=START).denial is None
