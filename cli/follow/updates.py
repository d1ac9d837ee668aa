"""What can be told of a run or a release while it is followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cli.follow.history import Stage
from cli.follow.outcome import Outcome
from cli.follow.source import Release
from cli.follow.steps import Pause, Step
from tideline.domain.release.judgement import Judgement
from tideline.domain.training.run import Evaluated, Run


@dataclass(frozen=True)
class RunFound:
    """The run that is followed."""

    run: Run

    def to_json(self) -> dict[str, Any]:
        """Return it as a line of JSON."""
        order = self.run.order
        return {
            "update": "run",
            "run_id": order.run_id,
            "status": self.run.status.value,
            "trigger": self.run.trigger.value,
            "dataset_version": order.dataset_version,
            "spec_version": order.spec_version,
        }


@dataclass(frozen=True)
class ReleaseFound:
    """The release that is followed."""

    release: Release

    def to_json(self) -> dict[str, Any]:
        """Return it as a line of JSON."""
        return {
            "update": "release",
            "release_id": self.release.name,
            "version": self.release.version,
        }


@dataclass(frozen=True)
class StageBegan:
    """A stage has been entered."""

    stage: Stage

    def to_json(self) -> dict[str, Any]:
        """Return it as a line of JSON."""
        return {
            "update": "stage",
            "stage": self.stage.title,
            "state": "began",
            "seconds": None,
            "detail": "",
        }


@dataclass(frozen=True)
class StageEnded:
    """A stage is over; `detail` says in short what it brought."""

    stage: Stage
    detail: str

    def to_json(self) -> dict[str, Any]:
        """Return it as a line of JSON."""
        return {
            "update": "stage",
            "stage": self.stage.title,
            "state": "ended",
            "seconds": self.stage.seconds,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class TrialsMoved:
    """A trial is over; `best` is the highest score so far."""

    done: int
    total: int
    best: float | None

    def to_json(self) -> dict[str, Any]:
        """Return it as a line of JSON."""
        return {"update": "trials", "done": self.done, "total": self.total, "best": self.best}


@dataclass(frozen=True)
class Judged:
    """The verdict on the candidate."""

    evaluation: Evaluated

    def to_json(self) -> dict[str, Any]:
        """Return it as a line of JSON."""
        given = self.evaluation
        return {
            "update": "verdict",
            "verdict": given.verdict,
            "metric": given.metric,
            "candidate": given.candidate,
            "champion": given.champion,
            "reasons": list(given.reasons),
        }


@dataclass(frozen=True)
class Shifted:
    """A release has begun a step."""

    step: Step
    stage: Stage

    def to_json(self) -> dict[str, Any]:
        """Return it as a line of JSON."""
        return {"update": "shift", **self.step.model_dump(mode="json")}


@dataclass(frozen=True)
class StepJudged:
    """The judge has looked at a step; `again` where he said the same at his last look."""

    judgement: Judgement
    step: Step | None
    stage: Stage
    again: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as a line of JSON."""
        step = {"step": self.step.step, "weight": self.step.weight} if self.step else {}
        return {"update": "judgement", **step, **self.judgement.model_dump(mode="json")}


@dataclass(frozen=True)
class Paused:
    """A wait goes on; told at every look, for a screen."""

    pause: Pause

    def to_json(self) -> None:
        """Return nothing: there is no news."""


@dataclass(frozen=True)
class Waiting:
    """Nothing new; told at every look, so that a screen can show the time go by, and what is waited for."""

    text: str = ""

    def to_json(self) -> None:
        """Return nothing: there is no news."""


@dataclass(frozen=True)
class Ended:
    """The end of what was followed: a run or a release."""

    subject: Run | Release
    outcome: Outcome

    def to_json(self) -> dict[str, Any]:
        """Return it as a line of JSON."""
        of = self.subject
        return {
            "update": "outcome",
            **({"release_id": of.name} if isinstance(of, Release) else {"run_id": of.order.run_id}),
            "outcome": self.outcome.ending.value,
            "version": self.outcome.version,
            "message": self.outcome.message,
            "exit_code": self.outcome.ending.exit_code,
        }


Update = (
    RunFound
    | ReleaseFound
    | StageBegan
    | StageEnded
    | TrialsMoved
    | Judged
    | Shifted
    | StepJudged
    | Paused
    | Waiting
    | Ended
)
