"""Deny a run: remember what may start later, have it woken, and tell who wants to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tideline.domain.training.admission import Admission, Denial, Request, Situation
from tideline.domain.training.governing.news import already_told, is_news, is_news_remembered
from tideline.domain.training.governing.wish import Wish, is_remembered, wish_of
from tideline.events.facts import RetrainDenied
from tideline.ports import Clock, DatasetRegistry, EventPublisher, RunRegistry, SpecRegistry, WakeUps

# One-time schedules are as fine as a minute.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
_SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class DenyRun:
    """A wish is remembered before anything is told; then what it waits for is looked at once more.

    So an end or new data that came in between is not missed, and nobody is told of a wish that is not there.
    """

    specs: SpecRegistry
    datasets: DatasetRegistry
    runs: RunRegistry
    publisher: EventPublisher
    wake_ups: WakeUps
    clock: Clock

    def for_good(self, request: Request, admission: Admission) -> None:
        """Deny what starts nothing later."""
        if admission.denial is not None and is_news(request, admission.denial):
            self._tell(request, admission)

    def for_now(
        self, request: Request, situation: Situation, admission: Admission, *, after_run: str = ""
    ) -> bool | None:
        """Deny a request; tell whether it is remembered, or None where it may start now after all.

        Args:
            request: Who asks.
            situation: What the decision was made on.
            admission: The decision.
            after_run: The run that holds the lock, where one does that the situation does not know of.
        """
        denial = admission.denial
        if denial is None or not is_remembered(request, denial):
            self.for_good(request, admission)
            return False
        before = self._waiting(request.model, situation)
        told = already_told(request, before)
        newest = situation.runs[-1].order.run_id if situation.runs else ""
        under_way = _under_way(situation) if denial is Denial.NOTHING_NEW else ""
        same = before is not None and before.event_id == request.event_id
        doing = under_way or (before.doing if before is not None and same else "")
        wish = wish_of(request, admission, after_run=after_run or newest, doing=doing, told=told)
        stored = self.runs.remember(wish)
        if self._has_changed(situation, denial, under_way=under_way):
            return None
        if admission.until is not None:
            self.wake_ups.set(request.model, at=self._not_too_soon(admission.until))
        # Nobody needs to act on what is being done; if it comes to nothing, that it waits is told then.
        if not under_way and is_news_remembered(request, denial, told=told, stored=stored):
            self._tell(request, admission, remembered=True)
            self.runs.remember(wish.model_copy(update={"told": denial}))
        return True

    def _waiting(self, model: str, situation: Situation) -> Wish | None:
        """Return the wish that waits; one that was fulfilled must not be stronger than a new one."""
        wish = self.runs.remembered(model)
        if wish is None or not wish.is_fulfilled_by(situation.runs):
            return wish
        self.runs.forget(model, event_id=wish.event_id)
        return None

    def _has_changed(self, situation: Situation, denial: Denial, *, under_way: str) -> bool:
        """Tell whether what a wish waits for came before it was remembered, and so passed it by.

        What waits for a moment is woken, however late.

        Args:
            situation: What the decision was made on.
            denial: The decision.
            under_way: The run whose end the wish waits for, where it is one that does the same.
        """
        model = situation.spec.model
        if denial is Denial.IN_FLIGHT:
            return self.runs.in_flight(model) is None
        if denial is Denial.NOTHING_NEW:
            run = self.runs.load(model, under_way) if under_way else None
            if run is not None and run.is_over:
                return True
            newest = self.datasets.latest_version(model), self.specs.head(model).version
            return newest != (situation.dataset_version, situation.spec_version)
        return False

    def _not_too_soon(self, until: datetime) -> datetime:
        """Return a whole second that is not past when the scheduler comes to it, and not before `until`."""
        earliest = max(until, self.clock() + _SOON)
        return earliest.replace(microsecond=0) + timedelta(seconds=bool(earliest.microsecond))

    def _tell(self, request: Request, admission: Admission, *, remembered: bool = False) -> None:
        if admission.denial is None:
            return
        self.publisher.publish(
            RetrainDenied(
                model=request.model,
                occurred_at=self.clock(),
                reason=admission.denial,
                message=admission.explanation,
                trigger=request.trigger,
                remembered=remembered,
                until=admission.until,
            )
        )


def _under_way(situation: Situation) -> str:
    """Return the run that is just doing what is asked for, if one is."""
    attempts = situation.attempts
    return attempts[-1].order.run_id if attempts and not attempts[-1].is_over else ""
