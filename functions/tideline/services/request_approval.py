"""Ask for an approval: the workflow waits, and the world hears what is asked and of whom it cannot come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tideline.domain.release.approval import Approval, ApprovalRequest, ApprovalTask
from tideline.domain.release.principal import is_principal
from tideline.domain.release.release_order import ReleaseOrder
from tideline.domain.release.version import TRANSITIONS, ModelVersion, VersionState
from tideline.errors import ReleaseRefused
from tideline.events.facts import ApprovalRequested
from tideline.ports import ApprovalRegistry, Clock, EventPublisher, RunRegistry, VersionRegistry, WaitingTasks
from tideline.services.wake_release import wake_release


@dataclass(frozen=True)
class RequestApproval:
    """Idempotency key: the release's id. A retry brings another token, which takes the place of the first.

    An answer that was given before a retry is passed on by the retry: its token is the one that waits now.
    """

    runs: RunRegistry
    versions: VersionRegistry
    approvals: ApprovalRegistry
    tasks: WaitingTasks
    publisher: EventPublisher
    clock: Clock

    def __call__(self, task: ApprovalTask) -> Approval:
        """Return the question, with its answer where that was faster.

        Raises:
            ReleaseRefused: the version's state does not lead to an approval, or another release of it waits.
            RegistryConflict: another writer was first; try again.
        """
        order = task.order
        version = self.versions.load(order.model, order.version)
        known = self.approvals.load(order.model, order.version)
        if known is not None and known.request.release_id == order.release_id:
            return self._again(known, version, task)
        _require_askable(version)
        request = self._request(task, version)
        self.approvals.request(request, state=version.state, replaces=known)
        self._announce(request, version)
        return Approval(request=request)

    def _again(self, known: Approval, version: ModelVersion, task: ApprovalTask) -> Approval:
        """Let the new token take the place of the one before."""
        if known.decision is not None:
            wake_release(self.tasks, task.task_token, known.decision)
            return known
        renewed = known.request.model_copy(update={"task_token": task.task_token})
        self.approvals.renew(renewed)
        self._announce(renewed, version)
        return Approval(request=renewed)

    def _request(self, task: ApprovalTask, version: ModelVersion) -> ApprovalRequest:
        order, now = task.order, self.clock()
        return ApprovalRequest(
            model=order.model,
            version=order.version,
            release_id=order.release_id,
            artifact_sha256=version.sha256,
            report_sha256=version.evaluation.report_sha256,
            requesters=self._requesters(order, version),
            requested_at=now,
            expires_at=now + timedelta(seconds=order.approval_within_s),
            task_token=task.task_token,
        )

    def _requesters(self, order: ReleaseOrder, version: ModelVersion) -> tuple[str, ...]:
        """Return who asked, where that is an identity and not a name that only people understand."""
        run = self.runs.load(order.model, version.run_id)
        claims = [run.requested_by if run else "", order.requested_by]
        return tuple(dict.fromkeys(claim for claim in claims if is_principal(claim)))

    def _announce(self, request: ApprovalRequest, version: ModelVersion) -> None:
        evaluation = version.evaluation
        self.publisher.publish(
            ApprovalRequested(
                model=request.model,
                occurred_at=request.requested_at,
                version=request.version,
                run_id=version.run_id,
                release_id=request.release_id,
                artifact_sha256=request.artifact_sha256,
                report_sha256=request.report_sha256,
                requested_by=request.requesters,
                expires_at=request.expires_at,
                metric=evaluation.metric,
                value=evaluation.candidate,
                champion_value=evaluation.champion,
                reasons=evaluation.reasons,
            )
        )


def _require_askable(version: ModelVersion) -> None:
    if version.state is VersionState.AWAITING_APPROVAL:
        raise ReleaseRefused(f"another release of version {version.number} awaits approval already")
    if VersionState.AWAITING_APPROVAL not in TRANSITIONS[version.state]:
        raise ReleaseRefused(f"version {version.number} is {version.state} and cannot be approved")
