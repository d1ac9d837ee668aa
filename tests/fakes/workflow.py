"""A workflow engine and a scheduler that only take notes."""

from __future__ import annotations

from tideline.domain.training.run import RunFailure


class FakeEngine:
    """`tideline.ports.WorkflowEngine`; a name starts once."""

    def __init__(self) -> None:
        self.started: dict[str, str] = {}
        self.stage = "Prepare"

    def start(self, name: str, payload: str) -> str:
        self.started.setdefault(name, payload)
        return f"arn:execution:{name}"

    def failure(self, execution_arn: str, *, error: str | None, cause: str | None) -> RunFailure:
        return RunFailure(stage=self.stage, error=error or "Unknown", cause=cause or "")


class FakeScheduler:
    """`tideline.ports.Scheduler`."""

    def __init__(self) -> None:
        self.schedules: dict[str, str] = {}

    def set(self, model: str, expression: str | None) -> None:
        if expression is None:
            self.schedules.pop(model, None)
        else:
            self.schedules[model] = expression
