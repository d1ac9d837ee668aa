"""An approval: who asked for a version to go live, who allowed it, and exactly what was allowed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from tideline.domain.release.principal import principal
from tideline.domain.release.release_order import ReleaseOrder
from tideline.domain.value import Value

# What to show in the place of requesters where there are none.
BY_DATA = "nobody: the run was started by data or a schedule"


class ApprovalTask(Value):
    """Input of the state that waits for an approval."""

    order: ReleaseOrder
    task_token: str


class ApprovalRequest(Value):
    """A question to a person, bound to one artifact and the report on it.

    Attributes:
        requesters: Identities that asked for the run or the release; none of them may approve.
        task_token: Wakes the waiting workflow, for those who may answer tasks. No event, call of the API or
            command shows it; who may read the registry's table or the workflow's history finds it there, and
            it deploys nothing by itself: that takes the stored approval.
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

    @property
    def reason(self) -> str:
        """Who decided and why, in one line for people."""
        done = "approved" if self.decision == "approve" else "rejected"
        return f"{done} by {self.approver}{f': {self.comment}' if self.comment else ''}"


class PublicApproval(Value):
    """An approval as it may be shown: everything but the token."""

    version: int
    release_id: str
    artifact_sha256: str
    report_sha256: str
    requesters: tuple[str, ...]
    requested_at: datetime
    expires_at: datetime
    decision: ApprovalDecision | None


class Approval(Value):
    """A request and, once there is one, its answer."""

    request: ApprovalRequest
    decision: ApprovalDecision | None = None

    def is_open(self, *, at: datetime) -> bool:
        """Tell whether it can still be answered."""
        return self.decision is None and at < self.request.expires_at

    def has_expired(self, *, at: datetime) -> bool:
        """Tell whether nobody answered in time."""
        return self.decision is None and not self.is_open(at=at)

    def public(self) -> PublicApproval:
        """Return what may be shown of it."""
        shown = self.request.model_dump(exclude={"model", "task_token"})
        return PublicApproval(**shown, decision=self.decision)

    def was_asked_for_by(self, arn: str) -> bool:
        """Tell whether a caller is one of those who asked."""
        return principal(arn) in {principal(requester) for requester in self.request.requesters}

    def allows(self, *, release_id: str, artifact_sha256: str) -> bool:
        """Tell whether this release of this artifact is approved."""
        return (
            self.decision is not None
            and self.decision.decision == "approve"
            and (self.request.release_id, self.request.artifact_sha256) == (release_id, artifact_sha256)
        )
