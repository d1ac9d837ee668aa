"""A workflow engine and a scheduler that only take notes."""

from __future__ import annotations

from tideline.domain.training.run import RunFailure
from tideline.errors import ScheduleRefused


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
