"""An approval: who asked for a version to go live, who allowed it, and exactly what was allowed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from tideline.domain.value import Value


class ApprovalRequest(Value):
    """A question to a person, bound to one artifact and the report on it.

    Attributes:
        requesters: Identities that asked for the run or the release; none of them may approve.
        task_token: Wakes the waiting workflow; never shown to anybody.
    """

    model: str
    version: int
    release_id: str
    artifact_sha256: str
    report_sha256: str
    requesters: tuple[str, ...]
    requested_at: datetime
    expires_at: datetime
    task_token: str


class ApprovalDecision(Value):
    """The answer; `approver` is the caller's IAM identity, as IAM told it."""

    decision: Literal["approve", "reject"]
    approver: str
    comment: str
    at: datetime


class Approval(Value):
    """A request and, once there is one, its answer."""

    request: ApprovalRequest
    decision: ApprovalDecision | None = None
