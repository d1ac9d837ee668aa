"""What the ledger says of approvals: who was asked, who answered, and exactly about what."""

from __future__ import annotations

from datetime import datetime

from tideline.domain.ledger.decisions import RECORD, record_sha256, with_states
from tideline.domain.ledger.entry import Decision, DecisionKind, Fact
from tideline.domain.release.approval import Approval, ApprovalDecision, ApprovalRequest
from tideline.domain.release.version import VersionState

AWAITING = VersionState.AWAITING_APPROVAL


def approval_requested(request: ApprovalRequest, *, state: VersionState) -> Decision:
    """A version in `state` awaits an answer from now on; where it did already, it is asked anew."""
    decision = Decision(
        kind=DecisionKind.APPROVAL_REQUEST,
        subject=_subject(request),
        at=request.requested_at,
        by=", ".join(request.requesters) or "tideline:request_approval",
        facts=_binding(Approval(request=request)) | {"expires_at": request.expires_at.isoformat()},
    )
    return decision if state is AWAITING else with_states(decision, {request.version: (state, AWAITING)})


def approval_answered(request: ApprovalRequest, answer: ApprovalDecision) -> Decision:
    """Somebody has answered."""
    after = VersionState.APPROVED if answer.decision == "approve" else VersionState.REJECTED
    decision = Decision(
        kind=DecisionKind.APPROVAL,
        subject=_subject(request),
        at=answer.at,
        by=answer.approver,
        facts=_binding(Approval(request=request, decision=answer))
        | {"decision": answer.decision, "approver": answer.approver, "comment": answer.comment},
    )
    return with_states(decision, {request.version: (AWAITING, after)})


def approval_given_up(request: ApprovalRequest, *, state: VersionState, note: str, at: datetime) -> Decision:
    """The release that the version was approved for, or awaited it, has ended without it."""
    decision = Decision(
        kind=DecisionKind.STATE,
        subject=_subject(request),
        at=at,
        by="tideline:conclude_release",
        facts=_binding(Approval(request=request)) | {"note": note},
    )
    return with_states(decision, {request.version: (state, VersionState.CANDIDATE)})


def _subject(request: ApprovalRequest) -> str:
    return f"version {request.version}"


def _binding(approval: Approval) -> dict[str, Fact]:
    """Return what was asked; the token is no part of it: it is a secret, and may be renewed."""
    request = approval.request
    shown = approval.model_copy(update={"request": request.model_copy(update={"task_token": ""})})
    return {
        "release_id": request.release_id,
        "artifact_sha256": request.artifact_sha256,
        "report_sha256": request.report_sha256,
        RECORD: record_sha256(shown),
    }
