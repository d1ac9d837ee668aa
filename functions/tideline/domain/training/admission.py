"""Whether to start a run: the rules in order, each with its own reason.

The rules themselves are in `tideline.domain.training.governing`; here is who they hold for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.training.governing.breaker import breaker
from tideline.domain.training.governing.budgets import cost_budget, run_budget
from tideline.domain.training.governing.cooldown import cooldown
from tideline.domain.training.governing.hold import Hold
from tideline.domain.training.governing.nothing_new import nothing_new
from tideline.domain.training.run import Run, Trigger


class Denial(StrEnum):
    """Why no run was started; the values are part of the `RetrainDenied` event."""

    MALFORMED = "malformed"
    UNKNOWN_MODEL = "unknown_model"
    NO_DATA = "no_data"
    NOT_ASKED_FOR = "not_asked_for"
    NOTHING_NEW = "nothing_new"
    IN_FLIGHT = "in_flight"
    COOLDOWN = "cooldown"
    RUN_BUDGET = "run_budget"
    COST_BUDGET = "cost_budget"
    BREAKER_OPEN = "breaker_open"


# A person has decided that a run is worth it, which is what these two doubt.
_WAIVED_FOR_PEOPLE = frozenset({Denial.COOLDOWN, Denial.BREAKER_OPEN})
# By force all but a second run at the same time, and more money than somebody else allowed.
_WAIVED_BY_FORCE = _WAIVED_FOR_PEOPLE | {Denial.NOTHING_NEW, Denial.RUN_BUDGET}


@dataclass(frozen=True)
class Request:
    """A wish to train; `event_id` makes the same wish delivered twice recognisable."""

    model: str
    trigger: Trigger
    event_id: str
    dataset_version: int | None = None
    requested_by: str = ""
    force: bool = False

    def is_held_by(self, rule: Denial) -> bool:
        """Tell whether a rule holds for who asks."""
        if self.force:
            return rule not in _WAIVED_BY_FORCE
        return self.trigger is not Trigger.REQUEST or rule not in _WAIVED_FOR_PEOPLE


@dataclass(frozen=True)
class Situation:
    """What is known of a model when a request comes in.

    Attributes:
        runs: Every run, oldest first.
        has_versions: Whether the model was ever registered.
        in_flight: Id of the run that holds the model's lock.
    """

    spec: ModelSpec
    spec_version: int
    dataset_version: int
    runs: tuple[Run, ...] = ()
    has_versions: bool = False
    in_flight: str | None = None

    @property
    def attempts(self) -> tuple[Run, ...]:
        """Runs on the newest data under the newest spec, first to last."""
        work = (self.dataset_version, self.spec_version)
        same = [run for run in self.runs if (run.order.dataset_version, run.order.spec_version) == work]
        return tuple(sorted(same, key=lambda run: run.attempt))


@dataclass(frozen=True)
class Admission:
    """Start attempt `attempt`, or do not, and why.

    Attributes:
        until: From when on the rule that says no lets a run start; None where time alone changes nothing.
    """

    denial: Denial | None
    attempt: int = 1
    explanation: str = ""
    until: datetime | None = None


def admit(request: Request, situation: Situation, *, at: datetime) -> Admission:
    """Decide on a request.

    The lock has the last word on whether something else is in flight: who takes it decides that.
    """
    for denial, hold in _holds(request, situation, at):
        if hold is not None and request.is_held_by(denial):
            return Admission(denial, explanation=hold.explanation, until=hold.until)
    attempts = situation.attempts
    return Admission(None, attempt=attempts[-1].attempt + 1 if attempts else 1)


def _holds(request: Request, situation: Situation, at: datetime) -> Iterator[tuple[Denial, Hold | None]]:
    """Yield what each rule says, in order: of two reasons people are told the first."""
    runs, rules = situation.runs, situation.spec.retraining
    after = rules.breaker.retry_after
    yield Denial.NO_DATA, _no_data(situation)
    yield Denial.NOT_ASKED_FOR, _not_asked_for(request, situation)
    yield (
        Denial.NOTHING_NEW,
        nothing_new(situation.attempts, trigger=request.trigger, retry_after_s=after, at=at),
    )
    yield Denial.IN_FLIGHT, _in_flight(situation)
    yield Denial.COOLDOWN, cooldown(runs, cooldown_s=rules.cooldown, at=at)
    yield Denial.RUN_BUDGET, run_budget(runs, limit=rules.max_runs_per_month, at=at)
    yield Denial.COST_BUDGET, cost_budget(runs, limit_usd=rules.max_cost_per_month, at=at)
    rejected = rules.breaker.rejected
    yield Denial.BREAKER_OPEN, breaker(runs, rejected=rejected, retry_after_s=after, at=at)


def _no_data(situation: Situation) -> Hold | None:
    return Hold("no data has been accepted yet") if situation.dataset_version == 0 else None


def _not_asked_for(request: Request, situation: Situation) -> Hold | None:
    if request.trigger is Trigger.REQUEST or not situation.has_versions:
        return None
    if request.trigger.value in situation.spec.retraining.on:
        return None
    return Hold(f"`retraining.on` does not list {request.trigger}")


def _in_flight(situation: Situation) -> Hold | None:
    holder = situation.in_flight
    return None if holder is None else Hold(f"run {holder} is in flight")
