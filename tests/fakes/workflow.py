"""A workflow engine, what it used, and schedulers that only take notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tideline.domain.costs.usage import Usage
from tideline.domain.training.run import RunFailure
from tideline.errors import HistoryUnreadable, ScheduleRefused


class FakeEngine:
    """`tideline.ports.WorkflowEngine`; a name starts once."""

    def __init__(self) -> None:
        self.started: dict[str, str] = {}
        self.stage = "Prepare"
        self.ended: set[str] = set()

    def start(self, name: str, payload: str) -> str:
        self.started.setdefault(name, payload)
        return self.execution_arn(name)

    def execution_arn(self, name: str) -> str:
        return f"arn:execution:{name}"

    def has_ended(self, execution_arn: str) -> bool:
        return execution_arn in self.ended

    def failure(self, execution_arn: str, *, error: str | None, cause: str | None) -> RunFailure:
        return RunFailure(stage=self.stage, error=error or "Unknown", cause=cause or "")


class FakeScheduler:
    """`tideline.ports.Scheduler`."""

    def __init__(self) -> None:
        self.schedules: dict[str, str] = {}
        self.looks: dict[str, int] = {}
        self.refused: set[str] = set()

    def set(self, model: str, expression: str | None) -> None:
        if expression in self.refused:
            raise ScheduleRefused(f"EventBridge Scheduler does not take {expression!r}")
        if expression is None:
            self.schedules.pop(model, None)
        else:
            self.schedules[model] = expression

    def watch(self, model: str, every_s: int) -> None:
        self.looks[model] = every_s


class FakeWakeUps:
    """`tideline.ports.WakeUps`; a moment is noted once."""

    def __init__(self) -> None:
        self.moments: dict[str, list[datetime]] = {}

    def set(self, model: str, *, at: datetime) -> None:
        moments = self.moments.setdefault(model, [])
        if at not in moments:
            moments.append(at)


class FakeMeter:
    """`tideline.ports.ExecutionMeter`; `used` is what every execution used, None one that is forgotten."""

    def __init__(self) -> None:
        self.used: Usage | None = Usage(transitions=1000)

    def measure(self, execution_arn: str, *, memory_mb: Mapping[str, int]) -> Usage:
        if self.used is None:
            raise HistoryUnreadable(f"the history of {execution_arn} cannot be read")
        return self.used
