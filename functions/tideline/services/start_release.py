"""Start the release of a version: of a new one by itself, of any other because somebody asks."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.release.approval import Approval
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.release_order import ReleaseOrder, release_id
from tideline.domain.release.version import TRANSITIONS, ModelVersion, VersionState
from tideline.errors import ReleaseRefused, TidelineError, UnknownVersion
from tideline.events.facts import RunFailed
from tideline.ports import (
    ApprovalRegistry,
    Clock,
    DeploymentRegistry,
    EventPublisher,
    SpecRegistry,
    VersionRegistry,
    WorkflowEngine,
)
from tideline.services.abandoned_release import give_up, has_ended
from tideline.services.release_rules import release_rules

_ON_ITS_WAY = frozenset({VersionState.AWAITING_APPROVAL, VersionState.APPROVED})


@dataclass(frozen=True)
class ReleaseWish:
    """Somebody, or the registration of a version, wants it live."""

    model: str
    version: int
    event_id: str
    automatic: bool
    requested_by: str = ""


@dataclass(frozen=True)
class StartRelease:
    """Idempotency key: the event's id, which is part of the execution's name."""

    specs: SpecRegistry
    versions: VersionRegistry
    approvals: ApprovalRegistry
    deployments: DeploymentRegistry
    engine: WorkflowEngine
    publisher: EventPublisher
    clock: Clock

    def __call__(self, wish: ReleaseWish) -> str | None:
        """Return the release's id, or None where there is nothing to do or the wish was refused.

        Raises:
            RegistryConflict: another writer was first; try again.
        """
        try:
            version = self.versions.load(wish.model, wish.version)
            deployment = self.deployments.load(wish.model)
            if self._has_nothing_to_do(wish, version, deployment):
                return None
            version = self._settled(wish, version)
            _require_releasable(version)
        except (UnknownVersion, ReleaseRefused) as refusal:
            self._refuse(wish, refusal)
            return None
        order = self._order(wish, version, deployment)
        self.engine.start(order.release_id, order.model_dump_json())
        return order.release_id

    def _has_nothing_to_do(
        self, wish: ReleaseWish, version: ModelVersion, deployment: Deployment | None
    ) -> bool:
        live = deployment.champion.version if deployment else 0
        if not wish.automatic:
            return live == wish.version
        # A registration that is told late must not take back what is newer, nor one that is told twice ask
        # twice.
        return wish.version <= live or version.state in _ON_ITS_WAY

    def _settled(self, wish: ReleaseWish, version: ModelVersion) -> ModelVersion:
        """Return the version, as a candidate again if what it waits for has come to nothing.

        Nobody may have heard of the end of its release: the event about it is lost or still on its way. A
        restart of the local cloud ends releases in silence.

        Raises:
            ReleaseRefused: it waits for another release than this wish, told again, has started.
        """
        approval = self.approvals.load(wish.model, wish.version)
        if version.state not in _ON_ITS_WAY or approval is None:
            return version
        other = approval.request.release_id
        if other == _release_id(wish):
            return version
        if not self._is_abandoned(approval):
            raise ReleaseRefused(
                f"release {other} of version {version.number} is under way: it is {version.state}"
            )
        give_up(self.approvals, approval, state=version.state, at=self.clock())
        return self.versions.load(wish.model, wish.version)

    def _is_abandoned(self, approval: Approval) -> bool:
        return approval.has_expired(at=self.clock()) or has_ended(self.engine, approval)

    def _order(self, wish: ReleaseWish, version: ModelVersion, deployment: Deployment | None) -> ReleaseOrder:
        rules = release_rules(self.specs, version)
        return ReleaseOrder(
            model=wish.model,
            version=wish.version,
            release_id=_release_id(wish),
            generation=deployment.generation if deployment else 0,
            run_id=version.run_id,
            requested_by=wish.requested_by,
            needs_approval=rules.approval == "required",
            approval_within_s=rules.approval_within,
        )

    def _refuse(self, wish: ReleaseWish, refusal: TidelineError) -> None:
        self.publisher.publish(
            RunFailed(
                model=wish.model,
                occurred_at=self.clock(),
                run_id=f"release of {wish.model} version {wish.version}",
                stage="start",
                error=type(refusal).__name__,
                cause=refusal.message,
            )
        )


def _release_id(wish: ReleaseWish) -> str:
    return release_id(wish.model, version=wish.version, event_id=wish.event_id)


def _require_releasable(version: ModelVersion) -> None:
    if version.state is VersionState.REJECTED:
        # A person's rejection is noted; the gate's reasons are those of the evaluation.
        why = version.note or "; ".join(version.evaluation.reasons)
        raise ReleaseRefused(f"version {version.number} was rejected: {why}")
    possible = TRANSITIONS[version.state] | {version.state}
    if not possible & {VersionState.LIVE, VersionState.AWAITING_APPROVAL}:
        raise ReleaseRefused(f"version {version.number} is {version.state} and cannot go live")
