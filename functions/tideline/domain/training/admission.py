"""Whether to start a run: the rules in order, each with its own reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.training.run import Run, RunStatus, Trigger


class Denial(StrEnum):
    """Why no run was started; the values are part of the `RetrainDenied` event."""

    MALFORMED = "malformed"
    UNKNOWN_MODEL = "unknown_model"
    NO_DATA = "no_data"
    NOT_ASKED_FOR = "not_asked_for"
    NOTHING_NEW = "nothing_new"
    IN_FLIGHT = "in_flight"


@dataclass(frozen=True)
class Request:
    """A wish to train; `event_id` makes the same wish delivered twice recognisable."""

    model: str
    trigger: Trigger
    event_id: str
    dataset_version: int | None = None
    requested_by: str = ""
    force: bool = False


@dataclass(frozen=True)
class Situation:
    """What is known of a model when a request comes in.

    Attributes:
        latest_runs: Every attempt at the newest data under the newest spec, oldest first.
        has_versions: Whether the model was ever registered.
    """

    spec: ModelSpec
    spec_version: int
    dataset_version: int
    latest_runs: tuple[Run, ...] = ()
    has_versions: bool = False


@dataclass(frozen=True)
class Admission:
    """Start attempt `attempt`, or do not, and why."""

    denial: Denial | None
    attempt: int = 1
    explanation: str = ""


def admit(request: Request, situation: Situation) -> Admission:
    """Decide on a request; that nothing else is in flight is the lock's business.

    A failed run is tried again when somebody asks, but not because an old event is delivered once more.
    """
    if situation.dataset_version == 0:
        return Admission(Denial.NO_DATA, explanation="no data has been accepted yet")
    if not _asked_for(request, situation):
        return Admission(Denial.NOT_ASKED_FOR, explanation=f"`retraining.on` does not list {request.trigger}")
    attempts = situation.latest_runs
    last = attempts[-1] if attempts else None
    if last is None:
        return Admission(None)
    retry = last.status is RunStatus.FAILED and request.trigger is not Trigger.DATA
    if retry or request.force:
        return Admission(None, attempt=last.attempt + 1)
    return Admission(
        Denial.NOTHING_NEW,
        explanation=f"run {last.order.run_id} has used data set version {situation.dataset_version} "
        f"and spec version {situation.spec_version}; it ended as {last.status}"
        if last.is_over
        else f"run {last.order.run_id} is doing that already",
    )


def _asked_for(request: Request, situation: Situation) -> bool:
    if request.trigger is Trigger.REQUEST or not situation.has_versions:
        return True
    return request.trigger.value in situation.spec.retraining.on
