"""Admit a training run, or deny it by the first rule that says no, and remember what is denied for now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tideline.domain.training.admission import Admission, Denial, Request, Situation, admit
from tideline.domain.training.governing.wish import strength
from tideline.domain.training.run import Run, RunOrder, RunStatus, Trigger, run_id, run_seed
from tideline.errors import RegistryConflict
from tideline.events.facts import RunFailed, TrainingStarted
from tideline.ports import (
    Clock,
    DatasetRegistry,
    EventPublisher,
    RunRegistry,
    SpecRegistry,
    VersionRegistry,
    WakeUps,
    WorkflowEngine,
)
from tideline.services.deny_run import DenyRun

_ATTEMPTS = 5
# Twice as long as the function that starts runs may take: who has not started it by then never will.
_LEFT_BEHIND = timedelta(minutes=2)


@dataclass(frozen=True)
class Outcome:
    """The run that was started, or why none was; neither where there was nothing to decide on.

    Attributes:
        remembered: Whether a denied request starts by itself later.
    """

    run_id: str | None = None
    denial: Denial | None = None
    remembered: bool = False


@dataclass(frozen=True)
class AdmitRun:
    """Decide on a request and start the workflow.

    Idempotency key: the request's event id. The lock on a model is taken together with the run's record,
    in one conditional write, and given back by `conclude_run` when Step Functions reports the end.

    What is denied for now is remembered, one wish a model, and reviewed when it may start.
    """

    specs: SpecRegistry
    datasets: DatasetRegistry
    runs: RunRegistry
    versions: VersionRegistry
    engine: WorkflowEngine
    publisher: EventPublisher
    wake_ups: WakeUps
    clock: Clock

    def __call__(self, request: Request) -> Outcome:
        """Start a run, or deny it and say why.

        New data first lets a stronger wish start that waits, also where data alone starts nothing.

        Raises:
            RegistryConflict: the lock changed hands too often meanwhile; try again.
        """
        waited = self._stronger(request) if request.trigger is Trigger.DATA else Outcome()
        if waited.remembered:
            return waited
        decided = self._decide(request)
        return decided if decided.run_id or waited.run_id is None else waited

    def _stronger(self, request: Request) -> Outcome:
        """Decide on the wish that waits if it is stronger than the request."""
        wish = self.runs.remembered(request.model)
        if wish is None or wish.strength <= strength(request):
            return Outcome()
        return self.review(request.model)

    def review(self, model: str) -> Outcome:
        """Decide again on what is remembered; it is remembered on, starts, or is dropped.

        Raises:
            RegistryConflict: as above.
        """
        wish = self.runs.remembered(model)
        if wish is None:
            return Outcome()
        # A run that its own event has begun may still have to be started.
        begun = self.runs.started_by(model, wish.event_id) is not None
        if not begun and wish.is_fulfilled_by(tuple(self.runs.all(model))):
            outcome = Outcome()
        else:
            outcome = self._decide(wish.request)
        if not outcome.remembered:
            self.runs.forget(model, event_id=wish.event_id)
        return outcome

    def _decide(self, request: Request) -> Outcome:
        started = self.runs.started_by(request.model, request.event_id)
        if started is not None:
            return self._start(request.model, started)
        for _ in range(_ATTEMPTS):
            outcome = self._attempt(request)
            if outcome is not None:
                return outcome
        raise RegistryConflict(f"the lock of {request.model!r} kept changing hands")

    def _attempt(self, request: Request) -> Outcome | None:
        head = self.specs.head(request.model)
        if head.version == 0:
            unknown = Admission(Denial.UNKNOWN_MODEL, explanation="there is no such model")
            self._deny.for_good(request, unknown)
            return Outcome(denial=unknown.denial)
        situation = self._situation(request.model, head.version)
        admission = admit(request, situation, at=self.clock())
        if admission.denial is Denial.IN_FLIGHT:
            return self._wait(request, situation)
        if admission.denial is not None:
            # The run that is doing it may be over, and nobody was told.
            if situation.in_flight is not None and self._has_let_go(request.model, situation.in_flight):
                return None
            return self._denied(request, situation, admission)
        waiting = self.runs.remembered(request.model)
        run = self._run(request, situation, admission)
        try:
            self.runs.begin(run, event_id=request.event_id)
        except RegistryConflict:
            return self._wait(request, situation)
        outcome = self._start(request.model, run.order.run_id)
        # Only what was there before the lock was taken: what came since waits for the end of this run.
        if waiting is not None and waiting.is_fulfilled_by((*situation.runs, run)):
            self.runs.forget(request.model, event_id=waiting.event_id)
        return outcome

    def _situation(self, model: str, spec_version: int) -> Situation:
        # The lock first: a run that ends after this look has written its end before the runs are read.
        in_flight = self.runs.in_flight(model)
        return Situation(
            spec=self.specs.load(model, spec_version),
            spec_version=spec_version,
            dataset_version=self.datasets.latest_version(model),
            runs=tuple(self.runs.all(model)),
            has_versions=self.versions.latest_number(model) > 0,
            in_flight=in_flight,
        )

    def _run(self, request: Request, situation: Situation, admission: Admission) -> Run:
        work = {"dataset_version": situation.dataset_version, "spec_version": situation.spec_version}
        order = RunOrder(
            model=request.model,
            run_id=run_id(request.model, **work, attempt=admission.attempt),
            seed=run_seed(request.model, **work),
            **work,
        )
        return Run(
            order=order,
            status=RunStatus.STARTING,
            trigger=request.trigger,
            requested_by=request.requested_by,
            attempt=admission.attempt,
            created_at=self.clock(),
        )

    def _wait(self, request: Request, situation: Situation) -> Outcome | None:
        """Remember the request for when the run in flight ends; None where it just did."""
        started = self.runs.started_by(request.model, request.event_id)
        if started is not None:
            return Outcome(run_id=started)
        holder = self.runs.in_flight(request.model)
        if holder is None or self._has_let_go(request.model, holder):
            return None
        text = (
            f"run {holder} is in flight; this starts by itself when it ends, if there is still something new"
        )
        denied = Admission(Denial.IN_FLIGHT, explanation=text)
        return self._denied(request, situation, denied, after_run=holder)

    def _has_let_go(self, model: str, holder: str) -> bool:
        """Take a lock from a run that is over, and start one that was left at its beginning.

        Whoever should have done so may have crashed, and its message may lie among the dead letters.
        """
        run = self.runs.load(model, holder)
        if run is not None and self.clock() - run.created_at > _LEFT_BEHIND:
            run = self._failed_unheard(run)
        if run is not None and run.is_over:
            self.runs.release_lock(model, holder)
            return True
        if run is not None and self.clock() - run.created_at > _LEFT_BEHIND:
            self._start(model, holder)
        return False

    def _failed_unheard(self, run: Run) -> Run:
        """Fail a run whose execution is over although nobody was told.

        Step Functions tells of ends as well as it can, no better ("best effort"): a lock that waited for
        that alone could be held for good.
        """
        if run.status is not RunStatus.RUNNING or not self.engine.has_ended(run.execution_arn):
            return run
        failure = self.engine.failure(run.execution_arn, error=None, cause=None)
        self.publisher.publish(
            RunFailed(
                model=run.order.model,
                occurred_at=self.clock(),
                run_id=run.order.run_id,
                stage=failure.stage,
                error=failure.error,
                cause=failure.cause,
            )
        )
        over = {"status": RunStatus.FAILED, "failure": failure, "ended_at": self.clock()}
        failed = run.model_copy(update=over)
        # A run that registered its version in this moment stays what it is.
        return failed if self.runs.save(failed) else self.runs.load(run.order.model, run.order.run_id) or run

    def _start(self, model: str, started: str) -> Outcome:
        run = self.runs.load(model, started)
        if run is not None and run.status is RunStatus.STARTING:
            arn = self.engine.start(started, run.order.model_dump_json())
            self.publisher.publish(self._started(run))
            self.runs.save(run.model_copy(update={"status": RunStatus.RUNNING, "execution_arn": arn}))
        return Outcome(run_id=started)

    def _started(self, run: Run) -> TrainingStarted:
        return TrainingStarted(
            model=run.order.model,
            occurred_at=self.clock(),
            run_id=run.order.run_id,
            trigger=run.trigger,
            dataset_version=run.order.dataset_version,
            spec_version=run.order.spec_version,
        )

    def _denied(
        self, request: Request, situation: Situation, admission: Admission, *, after_run: str = ""
    ) -> Outcome | None:
        remembered = self._deny.for_now(request, situation, admission, after_run=after_run)
        return None if remembered is None else Outcome(denial=admission.denial, remembered=remembered)

    @property
    def _deny(self) -> DenyRun:
        return DenyRun(
            specs=self.specs,
            datasets=self.datasets,
            runs=self.runs,
            publisher=self.publisher,
            wake_ups=self.wake_ups,
            clock=self.clock,
        )
