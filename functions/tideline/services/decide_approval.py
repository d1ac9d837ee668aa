"""Decide on an approval: the answer of a person whom IAM knows, given once, about exactly one artifact."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from tideline.domain import keys
from tideline.domain.release.approval import Approval, ApprovalDecision, ApprovalRequest
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.errors import ApprovalRefused, ApproverRefused, ObjectMissing, RegistryConflict
from tideline.events.facts import ModelRejected
from tideline.ports import (
    ApprovalRegistry,
    Clock,
    EventPublisher,
    ObjectStore,
    VersionRegistry,
    WaitingTasks,
    WorkflowEngine,
)
from tideline.services.abandoned_release import give_up, has_ended
from tideline.services.wake_release import wake_release

# An approved version may be live by the time the same answer is given again.
_APPROVED = frozenset({VersionState.APPROVED, VersionState.LIVE})


@dataclass(frozen=True)
class Answer:
    """What a caller says about a version.

    Attributes:
        approver: The caller's ARN, as IAM proved it.
        artifact_sha256: What the caller has seen, if they say so; anything else is refused.
        report_sha256: The same of the report.
    """

    model: str
    version: int
    decision: Literal["approve", "reject"]
    approver: str
    comment: str = ""
    artifact_sha256: str | None = None
    report_sha256: str | None = None


@dataclass(frozen=True)
class DecideApproval:
    """Idempotency key: the release's id and the answer. The same answer of the same caller is one answer.

    The decision is stored first, then the workflow is woken: where that fails, the same call again wakes it.
    A release that has ended can carry nothing out: its request is given up, and nothing is said to go live.
    """

    lake: ObjectStore
    versions: VersionRegistry
    approvals: ApprovalRegistry
    tasks: WaitingTasks
    engine: WorkflowEngine
    publisher: EventPublisher
    clock: Clock

    def __call__(self, answer: Answer) -> Approval:
        """Return the approval with its decision.

        Raises:
            UnknownVersion: there is no such version.
            ApproverRefused: the caller asked for it.
            ApprovalRefused: nothing waits for this answer, or it is about something else.
            RegistryConflict: another writer was first, and has not decided; try again.
        """
        version = self.versions.load(answer.model, answer.version)
        approval = self.approvals.load(answer.model, answer.version)
        if approval is None:
            raise ApprovalRefused(f"version {answer.version} is {version.state} and awaits no approval")
        _require_another(approval, answer)
        _require_about_this(approval.request, answer)
        decision = approval.decision or self._decide(approval, version, answer)
        _require_same(decision, answer)
        self._require_in_force(answer)
        decided = approval.model_copy(update={"decision": decision})
        self._pass_on(decided, decision, version)
        return decided

    def _decide(self, approval: Approval, version: ModelVersion, answer: Answer) -> ApprovalDecision:
        """Store the answer and return it, or the one that was faster."""
        self._require_open(approval, version)
        self._require_unchanged(approval.request, version)
        self._require_under_way(approval, version)
        decision = ApprovalDecision(
            decision=answer.decision, approver=answer.approver, comment=answer.comment, at=self.clock()
        )
        note = "" if answer.decision == "approve" else decision.reason
        try:
            self.approvals.decide(approval.request, decision, note=note)
        except RegistryConflict as exc:
            stored = self.approvals.load(answer.model, answer.version)
            if stored is None or stored.decision is None:
                raise RegistryConflict(
                    f"version {answer.version} changed at the same moment: nothing was decided; look again"
                ) from exc
            return stored.decision
        return decision

    def _require_open(self, approval: Approval, version: ModelVersion) -> None:
        if version.state is not VersionState.AWAITING_APPROVAL:
            raise ApprovalRefused(f"version {version.number} is {version.state} and awaits no approval")
        if not approval.is_open(at=self.clock()):
            raise ApprovalRefused(
                f"the request expired at {approval.request.expires_at:%Y-%m-%d %H:%M} UTC;"
                f" ask again with `tideline release {version.model} {version.number}`"
            )

    def _require_under_way(self, approval: Approval, version: ModelVersion) -> None:
        """Give up what is asked or approved for a release that has ended, as a restarted cloud ends them.

        Raises:
            ApprovalRefused: it has.
            RegistryConflict: another writer was first; try again.
        """
        if not has_ended(self.engine, approval):
            return
        give_up(self.approvals, approval, state=version.state, at=self.clock())
        raise ApprovalRefused(
            f"release {approval.request.release_id} has ended;"
            f" ask again with `tideline release {version.model} {version.number}`"
        )

    def _require_in_force(self, answer: Answer) -> None:
        """Refuse to say again what was approved once and has come to nothing: the record keeps its answer."""
        state = self.versions.load(answer.model, answer.version).state
        if answer.decision == "approve" and state not in _APPROVED:
            raise ApprovalRefused(
                f"version {answer.version} is {state}: its approval is over;"
                f" ask again with `tideline release {answer.model} {answer.version}`"
            )

    def _require_unchanged(self, request: ApprovalRequest, version: ModelVersion) -> None:
        if version.sha256 != request.artifact_sha256:
            raise ApprovalRefused(f"version {version.number} has another artifact than the request is about")
        try:
            report = self.lake.read(keys.version_key(version.model, version.number, "report.json"))
        except ObjectMissing as exc:
            raise ApprovalRefused(f"the report on version {version.number} is gone from the lake") from exc
        if hashlib.sha256(report).hexdigest() != request.report_sha256:
            raise ApprovalRefused(f"the report on version {version.number} was changed after the request")

    def _pass_on(self, approval: Approval, decision: ApprovalDecision, version: ModelVersion) -> None:
        if decision.decision == "reject":
            evaluation = version.evaluation
            self.publisher.publish(
                ModelRejected(
                    model=version.model,
                    occurred_at=decision.at,
                    version=version.number,
                    run_id=version.run_id,
                    reasons=(decision.reason,),
                    metric=evaluation.metric,
                    value=evaluation.candidate,
                    champion_value=evaluation.champion,
                )
            )
        if wake_release(self.tasks, approval.request.task_token, decision):
            return
        # Nothing waits any more. That is no error where the workflow has heard of the decision already: it
        # goes on to deploy, or has. One that ended meanwhile leaves the version approved for ever.
        now = self.versions.load(version.model, version.number)
        if now.state is VersionState.APPROVED:
            self._require_under_way(approval, now)


def _require_another(approval: Approval, answer: Answer) -> None:
    if approval.was_asked_for_by(answer.approver):
        raise ApproverRefused(
            f"{answer.approver} asked for version {answer.version}: somebody else has to decide about it"
        )


def _require_about_this(request: ApprovalRequest, answer: Answer) -> None:
    if answer.artifact_sha256 not in (None, request.artifact_sha256):
        raise ApprovalRefused(f"the request is about the artifact {request.artifact_sha256}, not that one")
    if answer.report_sha256 not in (None, request.report_sha256):
        raise ApprovalRefused(f"the request is about the report {request.report_sha256}, not that one")


def _require_same(decision: ApprovalDecision, answer: Answer) -> None:
    if (decision.decision, decision.approver) != (answer.decision, answer.approver):
        done = "approved" if decision.decision == "approve" else "rejected"
        raise ApprovalRefused(
            f"version {answer.version} was {done} by {decision.approver}"
            f" at {decision.at:%Y-%m-%d %H:%M:%S} UTC already"
        )
