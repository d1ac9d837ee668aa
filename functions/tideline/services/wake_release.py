"""Wake a release that waits for a person, with what the person said."""

from __future__ import annotations

from tideline.domain.release.approval import ApprovalDecision
from tideline.ports import WaitingTasks

# What the execution of a rejected release fails with.
REJECTED = "ApprovalRejected"


def wake_release(tasks: WaitingTasks, task_token: str, decision: ApprovalDecision) -> bool:
    """Pass a decision on; False where nothing waits: it has heard of it already, or has timed out."""
    if decision.decision == "approve":
        return tasks.succeed(task_token)
    return tasks.fail(task_token, error=REJECTED, cause=decision.reason)
