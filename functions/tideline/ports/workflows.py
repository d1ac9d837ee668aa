"""Workflows that run, wait and have run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tideline.domain.costs.usage import Usage
from tideline.domain.training.run import RunFailure


class WorkflowEngine(Protocol):
    """Starts workflows and tells how they ended."""

    def start(self, name: str, payload: str) -> str:
        """Start an execution of this name, or find it, and return its ARN."""
        ...

    def execution_arn(self, name: str) -> str:
        """Return the ARN that an execution of this name has."""
        ...

    def has_ended(self, execution_arn: str) -> bool:
        """Tell whether an execution is over, or forgotten."""
        ...

    def failure(self, execution_arn: str, *, error: str | None, cause: str | None) -> RunFailure:
        """Return stage, error and cause of an execution that failed."""
        ...


class WaitingTasks(Protocol):
    """Tasks of workflows that wait for an answer; each method is False where nothing waits any more."""

    def succeed(self, task_token: str) -> bool:
        """Let the workflow go on."""
        ...

    def fail(self, task_token: str, *, error: str, cause: str) -> bool:
        """Let the workflow fail."""
        ...


class ExecutionMeter(Protocol):
    """Tells what executions of a workflow used."""

    def measure(self, execution_arn: str, *, memory_mb: Mapping[str, int]) -> Usage:
        """Return calls of functions and transitions; objects are left at none.

        Args:
            execution_arn: Of an execution that is over.
            memory_mb: Of the function behind each state, by the state's name; a Map stands for the states
                in it.

        Raises:
            HistoryUnreadable: it is forgotten, may not be read, or holds a state that is not named.
        """
        ...
