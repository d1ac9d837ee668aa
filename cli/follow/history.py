"""From an execution's history to the stages it has gone through."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tideline.adapters.aws_errors import error_code

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

TRIALS = "Trials"
_TRIAL = "Trial"
_PREPARE = "Prepare"
# Forks in the way and ends of it, nothing that takes time.
_SILENT = frozenset({_TRIAL, "NeedsApproval", "IsLive", "Verdict", "Done", "Over"})


@dataclass(frozen=True)
class Stage:
    """One state of the workflow that has been entered.

    Attributes:
        output: What it handed on, once it is over.
        visit: How many times it had been entered by then, itself included: a release shifts in steps.
    """

    name: str
    began: datetime
    ended: datetime | None = None
    output: Any = None
    visit: int = 1

    @property
    def title(self) -> str:
        """Its name for people: ``request approval``."""
        return re.sub(r"(?<!^)(?=[A-Z])", " ", self.name).lower()

    @property
    def seconds(self) -> float | None:
        """How long it took, None while it is under way."""
        return None if self.ended is None else (self.ended - self.began).total_seconds()


@dataclass(frozen=True)
class Progress:
    """How far an execution is.

    Attributes:
        scores: Of the trials that are over, in the order in which they ended; higher is better.
        trials: How many there are to be, 0 while that is not known.
    """

    stages: tuple[Stage, ...] = ()
    scores: tuple[float, ...] = ()
    trials: int = 0


def read_history(client: SFNClient, execution_arn: str) -> list[Mapping[str, Any]]:
    """Return an execution's events, oldest first; none where it has not started yet."""
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=execution_arn, includeExecutionData=True
    )
    try:
        return [event for page in pages for event in page["events"]]
    except ClientError as exc:
        if error_code(exc) == "ExecutionDoesNotExist":
            return []
        raise


def progress_of(events: Iterable[Mapping[str, Any]]) -> Progress:
    """Return how far an execution is by its events, oldest first."""
    stages: list[Stage] = []
    scores: list[float] = []
    for event in events:
        entered, left = event.get("stateEnteredEventDetails"), event.get("stateExitedEventDetails")
        if entered and entered["name"] not in _SILENT:
            visit = 1 + sum(stage.name == entered["name"] for stage in stages)
            stages.append(Stage(entered["name"], event["timestamp"], visit=visit))
        elif left and left["name"] == _TRIAL:
            scores.extend(_score(_read(left)))
        elif left:
            _leave(stages, left["name"], at=event["timestamp"], output=_read(left))
    prepared = next((stage.output for stage in stages if stage.name == _PREPARE), None)
    trials = len(prepared.get("trials", ())) if isinstance(prepared, dict) else 0
    return Progress(tuple(stages), tuple(scores), trials)


def _leave(stages: list[Stage], name: str, *, at: datetime, output: Any) -> None:
    """End the visit of a state that is under way, if there is one."""
    for place, stage in reversed(list(enumerate(stages))):
        if stage.name == name and stage.ended is None:
            stages[place] = replace(stage, ended=at, output=output)
            return


def _read(details: Mapping[str, Any]) -> Any:
    try:
        return json.loads(details.get("output", "null"))
    except ValueError:
        return None


def _score(output: Any) -> list[float]:
    score = output.get("score") if isinstance(output, dict) else None
    return [float(score)] if isinstance(score, int | float) else []
