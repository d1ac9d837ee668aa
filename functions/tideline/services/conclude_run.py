"""Conclude a run that has ended, however it ended: its record and cost, the model's lock, what waited."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain import keys
from tideline.domain.training.run import Run, RunFailure, RunStatus, model_of_run
from tideline.errors import RegistryConflict
from tideline.events.aws import ExecutionEnded
from tideline.events.facts import RunFailed
from tideline.ports import Clock, EventPublisher, RunRegistry, WorkflowEngine
from tideline.services.admit_run import AdmitRun
from tideline.services.measure_cost import MeasureCost

# Step Functions gives no error where nothing failed but the time, or somebody stopped the run.
_ENDED_FROM_OUTSIDE = {
    "TIMED_OUT": ("States.Timeout", "the workflow ran longer than it may"),
    "ABORTED": ("States.Aborted", "somebody stopped the workflow"),
}
_WITHOUT_RESULT = RunFailure(
    stage="register", error="NoOutcome", cause="the workflow succeeded, but no version was registered"
)


@dataclass(frozen=True)
class ConcludeRun:
    """Called with every end of an execution that Step Functions reports.

    Idempotency key: the run's id. Concluding twice finds the record final and the lock gone.
    """

    runs: RunRegistry
    engine: WorkflowEngine
    admit_run: AdmitRun
    measure_cost: MeasureCost
    publisher: EventPublisher
    clock: Clock

    def __call__(self, ended: ExecutionEnded) -> Run | None:
        """Conclude one run; None for an execution that no run asked for."""
        try:
            model = model_of_run(ended.name)
        except ValueError:
            return None
        run = self.runs.load(model, ended.name)
        if run is None:
            return None
        if not run.is_over:
            run = self._fail(run, ended)
        run = self._priced(run, ended.execution_arn)
        self.runs.release_lock(model, ended.name)
        self.admit_run.review(model)
        return run

    def _priced(self, run: Run, execution_arn: str) -> Run:
        """Keep what the run cost, before the next one may begin: the budget counts it.

        A cost that cannot be found out is no reason to hold a model's lock.
        """
        if run.cost is not None:
            return run
        priced = run.model_copy(update=self.measure_cost(run, execution_arn=execution_arn))
        if priced != run:
            try:
                self.runs.set_cost(priced)
            except RegistryConflict:
                return run
        return priced

    def _fail(self, run: Run, ended: ExecutionEnded) -> Run:
        failure = self._failure(run, ended)
        over = run.model_copy(
            update={
                "status": RunStatus.FAILED,
                "failure": failure,
                "ended_at": self.clock(),
                "execution_arn": ended.execution_arn,
            }
        )
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
        self.runs.save(over)
        return over

    def _failure(self, run: Run, ended: ExecutionEnded) -> RunFailure:
        if ended.status == "SUCCEEDED":
            found = _WITHOUT_RESULT
        else:
            found = self.engine.failure(ended.execution_arn, error=ended.error, cause=ended.cause)
        if ended.status in _ENDED_FROM_OUTSIDE and found.error == "Unknown":
            error, cause = _ENDED_FROM_OUTSIDE[ended.status]
            found = found.model_copy(update={"error": error, "cause": cause})
        order = run.order
        inputs = {
            "data set version": str(order.dataset_version),
            "spec version": str(order.spec_version),
            "seed": str(order.seed),
            "work in the lake": keys.run_key(order.model, order.run_id, ""),
        }
        return found.model_copy(update={"inputs": inputs, "reproduce": f"tideline retrain {order.model}"})
