"""Start the release of a version: of a new one by itself, of any other because somebody asks."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.contract.spec import ReleaseSpec
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
        """Return the release's id, or None where there is nothing to do or the wish was refused."""
        try:
            version = self.versions.load(wish.model, wish.version)
            deployment = self.deployments.load(wish.model)
            if self._has_nothing_to_do(wish, version, deployment):
                return None
            if not self._is_asked_for(wish, version):
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

    def _is_asked_for(self, wish: ReleaseWish, version: ModelVersion) -> bool:
        """Tell whether the version waits for this very wish, told again; or in vain, since time is up."""
        if version.state not in _ON_ITS_WAY:
            return False
        approval = self.approvals.load(wish.model, wish.version)
        if approval is None:
            return False
        expired = approval.decision is None and not approval.is_open(at=self.clock())
        return expired or approval.request.release_id == _release_id(wish)

    def _order(self, wish: ReleaseWish, version: ModelVersion, deployment: Deployment | None) -> ReleaseOrder:
        rules = self._rules(wish.model)
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

    def _rules(self, model: str) -> ReleaseSpec:
        return self.specs.load(model, self.specs.head(model).version).release

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
    if version.state is VersionState.AWAITING_APPROVAL:
        raise ReleaseRefused(f"another release of version {version.number} awaits approval already")
    if VersionState.LIVE not in TRANSITIONS[version.state] and version.state is not VersionState.LIVE:
        raise ReleaseRefused(f"version {version.number} is {version.state} and cannot go live")
