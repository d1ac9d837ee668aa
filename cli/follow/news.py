"""What is new in an execution since the last look: every visit of a state is told once.

A release that waited for its turn goes on in another execution: visits are told apart by their time, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cli.follow.details import detail_of
from cli.follow.history import TRIALS, Progress, Stage
from cli.follow.steps import BAKE, HOLD, QUEUED, Pause, Step, judgement_of, step_of
from cli.follow.updates import Paused, Shifted, StageBegan, StageEnded, StepJudged, TrialsMoved, Update
from tideline.domain.release.judgement import Judgement

_Visit = tuple[str, int, datetime]


class News:
    """Of one execution or its successor; remembers what has been told."""

    def __init__(self) -> None:
        self._began: set[_Visit] = set()
        self._ended: set[_Visit] = set()
        self._trials_done = 0
        self._step: Step | None = None
        self._judgement: Judgement | None = None

    @property
    def is_shown(self) -> bool:
        """Whether a step of the release has begun: then its version answers callers, or is compared."""
        return self._step is not None and self._step.step > 0

    @property
    def is_queued(self) -> bool:
        """Whether the release has found another one under way: it begins anew when that has ended."""
        return self._step is not None and self._step.outcome == QUEUED

    @property
    def judgement(self) -> Judgement | None:
        """The newest judgement on the step that the release is at, if there is one."""
        return self._judgement

    def of(self, progress: Progress, *, now: datetime) -> Iterator[Update]:
        """Yield what has not been told, oldest first, and how long a wait under way has lasted."""
        for stage in progress.stages:
            yield from self._stage(stage, progress)
        last = progress.stages[-1] if progress.stages else None
        if last is not None and last.ended is None:
            yield from self._pause(last, now)

    def _stage(self, stage: Stage, progress: Progress) -> Iterator[Update]:
        visit = (stage.name, stage.visit, stage.began)
        if visit not in self._began:
            self._began.add(visit)
            yield StageBegan(stage)
        if stage.name == TRIALS and len(progress.scores) > self._trials_done:
            self._trials_done = len(progress.scores)
            yield TrialsMoved(self._trials_done, progress.trials, max(progress.scores))
        if stage.ended is not None and visit not in self._ended:
            self._ended.add(visit)
            yield StageEnded(stage, detail_of(stage, progress))
            yield from self._release_step(stage)

    def _release_step(self, stage: Stage) -> Iterator[Update]:
        step, judgement = step_of(stage), judgement_of(stage)
        if step is not None:
            self._step, self._judgement = step, None
            yield Shifted(step, stage)
        if judgement is not None:
            again = self._judgement is not None and self._judgement.outcome == judgement.outcome
            self._judgement = judgement
            yield StepJudged(judgement, self._step, stage, again=again)

    def _pause(self, stage: Stage, now: datetime) -> Iterator[Update]:
        if self._step is None or stage.name not in (BAKE, HOLD):
            return
        seen, held = self._judgement, stage.name == HOLD
        yield Paused(
            Pause(
                self._step,
                held=held,
                spent_s=max(0.0, (now - stage.began).total_seconds()),
                total_s=seen.wait_s if held and seen else self._step.wait_s,
                calls=seen.champion_calls + seen.challenger_calls if seen else None,
            )
        )
