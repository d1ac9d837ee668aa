"""Approvals (``APPROVAL#000003`` of version 3): the question, and once there is one, the answer.

Each step of an approval is one transaction: the record, the version's state and the ledger's entry. The
record holds the newest question about a version; the ledger holds all of them.
"""

from __future__ import annotations

from datetime import datetime

from tideline.adapters.registry.ledger import DynamoDbLedger
from tideline.adapters.registry.table import NEW, Change, Item, Put, RegistryTable, numbered, partition
from tideline.domain.ledger.approvals import approval_answered, approval_given_up, approval_requested
from tideline.domain.release.approval import Approval, ApprovalDecision, ApprovalRequest
from tideline.domain.release.version import VersionState, require_transition

_OPEN, _ANSWERED, _OVER = "open", "answered", "over"
_STATE = {"#state": "state"}


class DynamoDbApprovalRegistry:
    """`tideline.ports.ApprovalRegistry` on the registry's table."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table
        self._ledger = DynamoDbLedger(table)

    def load(self, model: str, version: int) -> Approval | None:
        item = self._table.get(partition(model), numbered("APPROVAL", version))
        return None if item is None else Approval.model_validate_json(str(item["document"]))

    def request(self, request: ApprovalRequest, *, state: VersionState, replaces: Approval | None) -> None:
        release = replaces.request.release_id if replaces else ""
        self._ledger.write(
            request.model,
            Put(
                _item(Approval(request=request), status=_OPEN),
                condition="release_id = :before" if replaces else NEW,
                values={":before": release} if replaces else {},
            ),
            _state(request, state, VersionState.AWAITING_APPROVAL, note=""),
            decision=approval_requested(request, state=state),
        )

    def renew(self, request: ApprovalRequest) -> None:
        # Nothing is decided by it, hence no entry in the ledger.
        self._table.write(_instead_of_open(Approval(request=request), status=_OPEN))

    def decide(self, request: ApprovalRequest, decision: ApprovalDecision, *, note: str) -> None:
        approved = decision.decision == "approve"
        self._ledger.write(
            request.model,
            _instead_of_open(Approval(request=request, decision=decision), status=_ANSWERED),
            _state(
                request,
                VersionState.AWAITING_APPROVAL,
                VersionState.APPROVED if approved else VersionState.REJECTED,
                note=note,
            ),
            decision=approval_answered(request, decision),
        )

    def give_up(self, approval: Approval, *, state: VersionState, note: str, at: datetime) -> None:
        request = approval.request
        self._ledger.write(
            request.model,
            Change(
                _key(request),
                set={"status": _OVER},
                condition="release_id = :release",
                values={":release": request.release_id},
            ),
            _state(request, state, VersionState.CANDIDATE, note=note),
            decision=approval_given_up(request, state=state, note=note, at=at),
        )


def _key(request: ApprovalRequest) -> tuple[str, str]:
    return partition(request.model), numbered("APPROVAL", request.version)


def _item(approval: Approval, *, status: str) -> Item:
    pk, sk = _key(approval.request)
    return {
        "pk": pk,
        "sk": sk,
        "release_id": approval.request.release_id,
        "status": status,
        "document": approval.model_dump_json(),
    }


def _instead_of_open(approval: Approval, *, status: str) -> Put:
    return Put(
        _item(approval, status=status),
        condition="release_id = :release AND #status = :open",
        values={":release": approval.request.release_id, ":open": _OPEN},
        names={"#status": "status"},
    )


def _state(request: ApprovalRequest, before: VersionState, after: VersionState, *, note: str) -> Change:
    # A version that is asked about anew goes on waiting.
    if before is not after:
        require_transition(request.version, before, after)
    return Change(
        (partition(request.model), numbered("VERSION", request.version)),
        set={"state": after.value, "note": note},
        condition="#state = :from",
        values={":from": before.value},
        names=_STATE,
    )
