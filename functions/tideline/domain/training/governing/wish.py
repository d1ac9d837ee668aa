"""A wish to train that was denied for now: one a model is remembered, and starts when it is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tideline.domain.training.admission import Admission, Denial, Request
from tideline.domain.training.run import Run, RunStatus, Trigger
from tideline.domain.value import Value

_STRENGTH = {
    Trigger.DATA: 1,
    Trigger.SCHEDULE: 2,
    Trigger.DRIFT: 3,
    Trigger.PERFORMANCE: 4,
    Trigger.REQUEST: 5,
}
_BY_FORCE = 10
# What passes by itself, or with the end of a run.
_PASSING = frozenset(
    {Denial.IN_FLIGHT, Denial.COOLDOWN, Denial.RUN_BUDGET, Denial.COST_BUDGET, Denial.BREAKER_OPEN}
)
# These know that the model needs to be trained, and wait for something to train it on.
_PATIENT = frozenset({Trigger.DRIFT, Trigger.PERFORMANCE})


class Wish(Value):
    """A request, and what it waits for.

    Attributes:
        denial: What held it back when it was last looked at.
        explanation: The same in a sentence.
        until: From when on it may start by itself; None where an event has to come first.
        told: The reason that was told last; noted after it was told, so that it may be told twice.
        after_run: The newest run when it was remembered; a run begun later fulfils it.
        doing: A run that was doing the same when it came; it fulfils the wish by a version that may go live.
    """

    model: str
    trigger: Trigger
    event_id: str
    dataset_version: int | None = None
    requested_by: str = ""
    force: bool = False
    denial: Denial = Denial.IN_FLIGHT
    explanation: str = ""
    until: datetime | None = None
    told: Denial | None = None
    after_run: str = ""
    doing: str = ""

    @property
    def request(self) -> Request:
        """The request that was made."""
        return Request(
            model=self.model,
            trigger=self.trigger,
            event_id=self.event_id,
            dataset_version=self.dataset_version,
            requested_by=self.requested_by,
            force=self.force,
        )

    @property
    def strength(self) -> int:
        """What of two wishes is kept: the stronger one, of equals the newer."""
        return strength(self.request)

    def is_fulfilled_by(self, runs: Sequence[Run]) -> bool:
        """Tell whether a run has done since what is wished; `runs` are the model's, oldest first.

        What waits for something new is not fulfilled by the same work once more.
        """
        ids = [run.order.run_id for run in runs]
        if self.doing in ids and runs[ids.index(self.doing)].status is RunStatus.REGISTERED:
            return True
        if self.after_run not in ids:
            return False
        before = runs[ids.index(self.after_run)]
        later = runs[ids.index(self.after_run) + 1 :]
        if self.denial is Denial.NOTHING_NEW:
            later = [run for run in later if _work(run) != _work(before)]
        return bool(later)


def strength(request: Request) -> int:
    """Return a request's rank: people before what was measured, and that before the calendar and files."""
    return _STRENGTH[request.trigger] + (_BY_FORCE if request.force else 0)


def is_remembered(request: Request, denial: Denial) -> bool:
    """Tell whether a denied request starts later by itself."""
    if denial is Denial.NOTHING_NEW:
        return request.trigger in _PATIENT
    return denial in _PASSING


def wish_of(
    request: Request, admission: Admission, *, after_run: str, doing: str = "", told: Denial | None = None
) -> Wish:
    """Return a denied request as it is remembered; raises `ValueError` for one that was admitted."""
    if admission.denial is None:
        raise ValueError(f"{request.event_id} was admitted")
    return Wish(
        model=request.model,
        trigger=request.trigger,
        event_id=request.event_id,
        dataset_version=request.dataset_version,
        requested_by=request.requested_by,
        force=request.force,
        denial=admission.denial,
        explanation=admission.explanation,
        until=admission.until,
        told=told,
        after_run=after_run,
        doing=doing,
    )


def _work(run: Run) -> tuple[int, int]:
    return run.order.dataset_version, run.order.spec_version
