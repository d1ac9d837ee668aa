"""Admit a training run: nothing without something new, and one in flight a model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tideline.domain.training.admission import Admission, Denial, Request, Situation, admit
from tideline.domain.training.run import Run, RunOrder, RunStatus, Trigger, run_id, run_seed
from tideline.errors import RegistryConflict
from tideline.events.facts import RetrainDenied, RunFailed, TrainingStarted
from tideline.ports import (
    Clock,
    DatasetRegistry,
    EventPublisher,
    RunRegistry,
    SpecRegistry,
    VersionRegistry,
    WorkflowEngine,
)

_ATTEMPTS = 5
# Twice as long as the function that starts runs may take: who has not started it by then never will.
_LEFT_BEHIND = timedelta(minutes=2)


@dataclass(frozen=True)
class Outcome:
    """The run that was started, or why none was."""

    run_id: str | None = None
    denial: Denial | None = None


@dataclass(frozen=True)
class AdmitRun:
    """Decide on a request and start the workflow.

    Idempotency key: the request's event id. The lock on a model is taken together with the run's record,
    in one conditional write, and given back by `conclude_run` when Step Functions reports the end.
    """

    specs: SpecRegistry
    datasets: DatasetRegistry
    runs: RunRegistry
    versions: VersionRegistry
    engine: WorkflowEngine
    publisher: EventPublisher
    clock: Clock

    def __call__(self, request: Request) -> Outcome:
        """Start a run, or deny it and say why.

        Raises:
            RegistryConflict: the lock changed hands too often meanwhile; try again.
        """
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
            return self._deny(request, Denial.UNKNOWN_MODEL, "there is no such model")
        situation = self._situation(request.model, head.version)
        admission = admit(request, situation)
        if admission.denial is not None:
            return self._deny(request, admission.denial, admission.explanation)
        run = self._run(request, situation, admission)
        try:
            self.runs.begin(run, event_id=request.event_id)
        except RegistryConflict:
            return self._wait(request)
        return self._start(request.model, run.order.run_id)

    def _situation(self, model: str, spec_version: int) -> Situation:
        dataset_version = self.datasets.latest_version(model)
        return Situation(
            spec=self.specs.load(model, spec_version),
            spec_version=spec_version,
            dataset_version=dataset_version,
            latest_runs=tuple(
                self.runs.attempts(model, dataset_version=dataset_version, spec_version=spec_version)
            ),
            has_versions=self.versions.latest_number(model) > 0,
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

    def _wait(self, request: Request) -> Outcome | None:
        """Remember the request for when the run in flight ends; None where it just did."""
        started = self.runs.started_by(request.model, request.event_id)
        if started is not None:
            return Outcome(run_id=started)
        holder = self.runs.in_flight(request.model)
        if holder is None or self._has_let_go(request.model, holder):
            return None
        self.runs.remember(request)
        # The run may have ended between the two: then nobody would come back to what was remembered.
        if self.runs.in_flight(request.model) is None:
            self.runs.forget(request.model, event_id=request.event_id)
            return None
        return self._deny(
            request,
            Denial.IN_FLIGHT,
            f"run {holder} is in flight; this starts by itself when it ends, if there is still something new",
        )

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

    def _deny(self, request: Request, denial: Denial, message: str) -> Outcome:
        # Nobody asked for what a file sets off by itself, so nobody waits for an answer.
        if request.trigger is not Trigger.DATA:
            self.publisher.publish(
                RetrainDenied(
                    model=request.model,
                    occurred_at=self.clock(),
                    reason=denial,
                    message=message,
                    trigger=request.trigger,
                    remembered=denial is Denial.IN_FLIGHT,
                )
            )
        return Outcome(denial=denial)
