"""Approvals in memory, beside the versions whose states they change, and tasks that wait."""

from __future__ import annotations

from datetime import datetime

from tests.fakes.registry import FakeVersionRegistry, _one_step
from tideline.domain.ledger.approvals import approval_answered, approval_given_up, approval_requested
from tideline.domain.ledger.entry import Decision
from tideline.domain.release.approval import Approval, ApprovalDecision, ApprovalRequest
from tideline.domain.release.version import VersionState, require_transition
from tideline.errors import RegistryConflict

AWAITING = VersionState.AWAITING_APPROVAL


class FakeApprovalRegistry:
    """`tideline.ports.ApprovalRegistry`; `decisions` is what it has entered in the ledger."""

    def __init__(self, versions: FakeVersionRegistry) -> None:
        self._versions = versions
        self._over: set[str] = set()
        self.approvals: dict[tuple[str, int], Approval] = {}
        self.decisions: list[Decision] = []

    @_one_step
    def load(self, model: str, version: int) -> Approval | None:
        return self.approvals.get((model, version))

    @_one_step
    def request(self, request: ApprovalRequest, *, state: VersionState, replaces: Approval | None) -> None:
        newest = self.load(request.model, request.version)
        if _release(newest) != _release(replaces):
            raise RegistryConflict("another writer was first")
        self._move(request, state, AWAITING, note="")
        self.approvals[request.model, request.version] = Approval(request=request)
        self._enter(request, approval_requested(request, state=state))

    @_one_step
    def renew(self, request: ApprovalRequest) -> None:
        self._require_open(request)
        self.approvals[request.model, request.version] = Approval(request=request)

    @_one_step
    def decide(self, request: ApprovalRequest, decision: ApprovalDecision, *, note: str) -> None:
        self._require_open(request)
        approved = decision.decision == "approve"
        after = VersionState.APPROVED if approved else VersionState.REJECTED
        self._move(request, AWAITING, after, note=note)
        self.approvals[request.model, request.version] = Approval(request=request, decision=decision)
        self._enter(request, approval_answered(request, decision))

    @_one_step
    def give_up(self, approval: Approval, *, state: VersionState, note: str, at: datetime) -> None:
        request = approval.request
        if _release(self.load(request.model, request.version)) != request.release_id:
            raise RegistryConflict("another writer was first")
        self._move(request, state, VersionState.CANDIDATE, note=note)
        self._over.add(request.release_id)
        self._enter(request, approval_given_up(request, state=state, note=note, at=at))

    def _require_open(self, request: ApprovalRequest) -> None:
        stored = self.load(request.model, request.version)
        answered = stored is None or stored.decision is not None
        if answered or _release(stored) != request.release_id or request.release_id in self._over:
            raise RegistryConflict("another writer was first")

    def _move(
        self, request: ApprovalRequest, before: VersionState, after: VersionState, *, note: str
    ) -> None:
        if before is not after:
            require_transition(request.version, before, after)
        place = request.model, request.version
        stored = self._versions.versions.get(place)
        if stored is None or stored.state is not before:
            raise RegistryConflict("another writer was first")
        self._versions.versions[place] = stored.model_copy(update={"state": after, "note": note})

    def _enter(self, request: ApprovalRequest, decision: Decision) -> None:
        self.decisions.append(decision)
        self._versions.ledger.enter(request.model, decision)


class FakeTasks:
    """`tideline.ports.WaitingTasks`: what was told to which token."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.gone: set[str] = set()

    def succeed(self, task_token: str) -> bool:
        self.told.append((task_token, "go on"))
        return task_token not in self.gone

    def fail(self, task_token: str, *, error: str, cause: str) -> bool:
        self.told.append((task_token, f"{error}: {cause}"))
        return task_token not in self.gone


def _release(approval: Approval | None) -> str | None:
    return approval.request.release_id if approval else None
