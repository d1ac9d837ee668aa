"""Where runs and releases, and the stages they have gone through, are looked up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cli.follow.executions import RUNNING, Executions
from cli.follow.history import Progress, progress_of, read_history
from cli.registry import Registry
from cli.target import Target
from tideline.domain.release.release_order import parse_release_id
from tideline.domain.training.run import Run

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import ListExecutionsInputPaginateTypeDef

# The machine releases every model's versions: a model's newest release is not looked for without end.
_MOST_SEEN = 1_000


@dataclass(frozen=True)
class Release:
    """A release of a version, whether its execution has started or not; `name` is its id."""

    name: str
    model: str
    version: int


@dataclass(frozen=True)
class ReleaseExecution:
    """The execution that carries out a release."""

    release: Release
    arn: str
    status: str
    began: datetime

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status not in RUNNING


@dataclass(frozen=True)
class Source:
    """The registry, and the executions of the workflows."""

    target: Target
    registry: Registry

    def load(self, run: Run) -> Run:
        """Return a run as it is recorded now."""
        return self.registry.runs.load(run.order.model, run.order.run_id) or run

    def training(self, run: Run) -> Progress:
        """Return how far a run's training is."""
        trainings = Executions(self.target, self.target.output("TrainingStateMachine"))
        arn = run.execution_arn or trainings.arn(run.order.run_id)
        return progress_of(read_history(self.target.stepfunctions, arn))

    def release(self, run: Run) -> Progress:
        """Return how far the newest release of the run's version is."""
        for found in self._releases(run.order.model):
            # Newest first; what began before the run is no release of what it made.
            if found.began < run.created_at:
                break
            if found.release.version == run.version:
                return self.stages(found)
        return Progress()

    def stages(self, execution: ReleaseExecution) -> Progress:
        """Return how far a release is."""
        return progress_of(read_history(self.target.stepfunctions, execution.arn))

    def execution(self, release: Release) -> ReleaseExecution | None:
        """Return the execution of a release, None where it has not started."""
        found = Executions(self.target, self._machine).described(release.name)
        if found is None:
            return None
        return ReleaseExecution(release, found["executionArn"], found["status"], found["startDate"])

    def running_release(self, model: str) -> ReleaseExecution | None:
        """Return the release of a model that is under way, if one is; the one that began last."""
        return next(self._releases(model, running=True), None)

    def newest_release(self, model: str) -> ReleaseExecution | None:
        """Return the release of a model that began last, if one did lately."""
        return next(self._releases(model), None)

    def _releases(self, model: str, *, running: bool = False) -> Iterator[ReleaseExecution]:
        wanted: ListExecutionsInputPaginateTypeDef = {
            "stateMachineArn": self._machine,
            "PaginationConfig": {"MaxItems": _MOST_SEEN},
        }
        if running:
            wanted["statusFilter"] = "RUNNING"
        for page in self.target.stepfunctions.get_paginator("list_executions").paginate(**wanted):
            for found in page["executions"]:
                release = release_named(found["name"])
                if release is not None and release.model == model:
                    yield ReleaseExecution(
                        release, found["executionArn"], found["status"], found["startDate"]
                    )

    @property
    def _machine(self) -> str:
        return self.target.output("ReleaseStateMachine")


def release_named(name: str) -> Release | None:
    """Return the release of a name; None for an execution that somebody started by hand."""
    try:
        model, version = parse_release_id(name)
    except ValueError:
        return None
    return Release(name, model, version)
