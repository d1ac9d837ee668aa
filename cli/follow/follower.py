"""Follow one run, from its first stage to traffic, by looking again and again at what is recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cli.errors import CliError
from cli.follow.details import detail_of, evaluation_of
from cli.follow.history import TRIALS, Progress, Stage, progress_of, read_history
from cli.follow.outcome import outcome_of
from cli.follow.updates import Ended, Judged, RunFound, StageBegan, StageEnded, TrialsMoved, Update, Waiting
from cli.registry import Registry
from cli.target import Target
from tideline.domain.release.release_order import parse_release_id
from tideline.domain.training.run import Evaluated, Run

_POLL_S = 1.0


@dataclass(frozen=True)
class Source:
    """Where runs and their stages are looked up."""

    target: Target
    registry: Registry

    def load(self, run: Run) -> Run:
        """Return a run as it is recorded now."""
        return self.registry.runs.load(run.order.model, run.order.run_id) or run

    def training(self, run: Run) -> Progress:
        """Return how far a run's training is."""
        machine = self.target.output("TrainingStateMachine")
        arn = run.execution_arn or f"{machine.replace(':stateMachine:', ':execution:')}:{run.order.run_id}"
        return progress_of(read_history(self.target.stepfunctions, arn))

    def release(self, run: Run) -> Progress:
        """Return how far the newest release of the run's version is."""
        if run.version is None:
            return Progress()
        wanted = (run.order.model, run.version)
        machine = self.target.output("ReleaseStateMachine")
        pages = self.target.stepfunctions.get_paginator("list_executions").paginate(stateMachineArn=machine)
        for page in pages:
            for execution in page["executions"]:
                # Newest first; what began before the run is no release of what it made.
                if execution["startDate"] < run.created_at:
                    return Progress()
                if _released(execution["name"]) == wanted:
                    return progress_of(read_history(self.target.stepfunctions, execution["executionArn"]))
        return Progress()


def _released(name: str) -> tuple[str, int] | None:
    """Return the model and version that an execution releases; somebody may have started others by hand."""
    try:
        return parse_release_id(name)
    except ValueError:
        return None


class Follower:
    """Yields an update for everything that is new since the last look."""

    def __init__(
        self,
        source: Source,
        *,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source = source
        self._timeout_s = timeout_s
        self._clock = clock
        self._sleep = sleep
        self._began: set[str] = set()
        self._ended: set[str] = set()
        self._trials_done = 0
        self._judged = False

    def follow(self, run: Run) -> Iterator[Update]:
        """Yield updates until the run has come to its end; raises `CliError` when time is up."""
        deadline = self._clock() + self._timeout_s
        yield RunFound(run)
        while True:
            run = self._source.load(run)
            outcome = outcome_of(self._source.registry, run)
            yield from self._news(run)
            if outcome is not None:
                yield Ended(run, outcome)
                return
            if self._clock() >= deadline:
                raise CliError(
                    f"run {run.order.run_id} has not ended in {self._timeout_s:.0f} seconds; it goes on,"
                    " `tideline doctor` shows what may be stuck"
                )
            yield Waiting()
            self._sleep(_POLL_S)

    def _news(self, run: Run) -> Iterator[Update]:
        progress = self._source.training(run)
        for stage in progress.stages:
            yield from self._stage(stage, progress)
            yield from self._verdict(evaluation_of(stage))
        yield from self._verdict(run.evaluation)
        if run.is_over:
            released = self._source.release(run)
            for stage in released.stages:
                yield from self._stage(stage, released)

    def _verdict(self, evaluation: Evaluated | None) -> Iterator[Update]:
        if evaluation is not None and not self._judged:
            self._judged = True
            yield Judged(evaluation)

    def _stage(self, stage: Stage, progress: Progress) -> Iterator[Update]:
        if stage.name not in self._began:
            self._began.add(stage.name)
            yield StageBegan(stage)
        if stage.name == TRIALS and len(progress.scores) > self._trials_done:
            self._trials_done = len(progress.scores)
            yield TrialsMoved(self._trials_done, progress.trials, max(progress.scores))
        if stage.ended is not None and stage.name not in self._ended:
            self._ended.add(stage.name)
            yield StageEnded(stage, detail_of(stage, progress))
