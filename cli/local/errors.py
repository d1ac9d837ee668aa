"""What can go wrong with the local cloud, each with what to do about it."""

from __future__ import annotations

from pathlib import Path


class LocalCloudError(Exception):
    """Something about the local cloud failed; the message is for the person who ran it."""


class ToolMissing(LocalCloudError):
    """A program that deploying needs isn't there."""

    def __init__(self, tool: str, remedy: str) -> None:
        self.tool = tool
        super().__init__(f"{tool} is missing: {remedy}")


class StartFailed(LocalCloudError):
    """The local cloud didn't come up."""

    def __init__(self, reason: str, *, log: Path) -> None:
        self.log = log
        super().__init__(f"the local cloud did not start: {reason}\nIts log: {log}")


class StepFailed(LocalCloudError):
    """A step of the deployment failed."""

    def __init__(self, step: str, reason: str, *, log: Path) -> None:
        self.step = step
        self.log = log
        super().__init__(f"{step} failed: {reason}\nThe whole log: {log}")
