"""Start the release of a version: of a new one by itself, of any other because somebody asks."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.release.deployment import Deployment
from tideline.domain.release.release_order import ReleaseOrder, release_id
from tideline.domain.release.version import TRANSITIONS, ModelVersion, VersionState
from tideline.errors import ReleaseRefused, TidelineError, UnknownVersion
from tideline.events.facts import RunFailed
from tideline.ports import (
    Clock,
    DeploymentRegistry,
    EventPublisher,
    SpecRegistry,
    VersionRegistry,
    WorkflowEngine,
)


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
    deployments: DeploymentRegistry
    engine: WorkflowEngine
    publisher: EventPublisher
    clock: Clock

    def __call__(self, wish: ReleaseWish) -> str | None:
        """Return the release's id, or None where there is nothing to do or the wish was refused."""
        try:
            version = self.versions.load(wish.model, wish.version)
            deployment = self.deployments.load(wish.model)
            if self._has_nothing_to_do(wish, deployment):
                return None
            _require_releasable(version)
        except (UnknownVersion, ReleaseRefused) as refusal:
            self._refuse(wish, refusal)
            return None
        order = self._order(wish, version, deployment)
        self.engine.start(order.release_id, order.model_dump_json())
        return order.release_id

    def _has_nothing_to_do(self, wish: ReleaseWish, deployment: Deployment | None) -> bool:
        live = deployment.champion.version if deployment else 0
        if not wish.automatic:
            return live == wish.version
        # A registration that is told late must not take back what is newer.
        return wish.version <= live or self._needs_approval(wish.model)

    def _needs_approval(self, model: str) -> bool:
        head = self.specs.head(model)
        return self.specs.load(model, head.version).release.approval == "required"

    def _order(self, wish: ReleaseWish, version: ModelVersion, deployment: Deployment | None) -> ReleaseOrder:
        generation = deployment.generation if deployment else 0
        return ReleaseOrder(
            model=wish.model,
            version=wish.version,
            release_id=release_id(wish.model, version=wish.version, event_id=wish.event_id),
            generation=generation,
            run_id=version.run_id,
            requested_by=wish.requested_by,
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


def _require_releasable(version: ModelVersion) -> None:
    if version.state is VersionState.REJECTED:
        raise ReleaseRefused(
            f"version {version.number} was rejected: {'; '.join(version.evaluation.reasons)}"
        )
    if VersionState.LIVE not in TRANSITIONS[version.state] and version.state is not VersionState.LIVE:
        raise ReleaseRefused(f"version {version.number} is {version.state} and cannot go live")
