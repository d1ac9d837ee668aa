"""Deploy a version all at once: one conditional write, and every caller is with it within seconds."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain import keys
from tideline.domain.release.deployment import DeployedVersion, Deployment
from tideline.domain.release.manifest import read_manifest
from tideline.domain.release.release_order import ReleaseOrder
from tideline.domain.release.version import TRANSITIONS, ModelVersion, VersionState
from tideline.errors import RegistryConflict, ReleaseRefused
from tideline.events.facts import ModelDeployed
from tideline.ports import (
    ApprovalRegistry,
    Clock,
    DeploymentRegistry,
    EventPublisher,
    ObjectStore,
    SpecRegistry,
    VersionRegistry,
)
from tideline.services.release_rules import release_rules


@dataclass(frozen=True)
class DeployModel:
    """Idempotency key: (model, generation the plan was made on): a plan is carried out once.

    A plan made on an older generation loses, however late it comes.
    """

    lake: ObjectStore
    specs: SpecRegistry
    approvals: ApprovalRegistry
    versions: VersionRegistry
    deployments: DeploymentRegistry
    publisher: EventPublisher
    clock: Clock

    def __call__(self, order: ReleaseOrder) -> Deployment:
        """Put the version live and say so.

        Raises:
            ReleaseRefused: the deployment has changed since the plan was made, the version's state does not
                allow it, or an approval is needed and is not there.
            ArtifactInvalid: the manifest, which says what callers may ask, is not the one registered.
        """
        current = self.deployments.load(order.model)
        if current is not None and self._is_done(current, order):
            deployment = current
        else:
            deployment = self._deploy(order, current)
        self.publisher.publish(
            ModelDeployed(
                model=order.model,
                occurred_at=deployment.since,
                version=order.version,
                generation=deployment.generation,
                replaces=deployment.replaces,
                run_id=order.run_id,
            )
        )
        return deployment

    def _is_done(self, current: Deployment, order: ReleaseOrder) -> bool:
        return current.generation == order.generation + 1 and current.champion.version == order.version

    def _deploy(self, order: ReleaseOrder, current: Deployment | None) -> Deployment:
        generation = current.generation if current else 0
        if generation != order.generation:
            raise ReleaseRefused(
                f"the deployment is at generation {generation}, this release was planned on "
                f"{order.generation}: something else went live meanwhile; ask again if it is still wanted"
            )
        version = self.versions.load(order.model, order.version)
        if VersionState.LIVE not in TRANSITIONS[version.state]:
            raise ReleaseRefused(f"version {order.version} is {version.state} and cannot go live")
        self._require_approval(order, version)
        deployment = self._deployment(order, version, current)
        states = {order.version: (version.state, VersionState.LIVE)}
        if current is not None:
            states[current.champion.version] = (VersionState.LIVE, VersionState.RETIRED)
        try:
            self.deployments.replace(deployment, states=states, requested_by=order.requested_by)
        except RegistryConflict as exc:
            raise ReleaseRefused("something else went live at the same moment") from exc
        return deployment

    def _require_approval(self, order: ReleaseOrder, version: ModelVersion) -> None:
        """Refuse what needs an approval and has none.

        The workflow has waited for it; but whoever wakes or starts it by other means must deploy nothing, and
        a spec may ask for approvals since the order was made.
        """
        rules = release_rules(self.specs, version)
        if not order.needs_approval and rules.approval != "required":
            return
        approval = self.approvals.load(order.model, order.version)
        approved = approval is not None and approval.allows(
            release_id=order.release_id, artifact_sha256=version.sha256
        )
        if version.state is not VersionState.APPROVED or not approved:
            raise ReleaseRefused(
                f"version {order.version} needs an approval for this release and has none: ask for it with"
                f" `tideline release {order.model} {order.version}`"
            )

    def _deployment(
        self, order: ReleaseOrder, version: ModelVersion, current: Deployment | None
    ) -> Deployment:
        content = self.lake.read(keys.version_key(order.model, order.version, "manifest.json"))
        manifest = read_manifest(content, version=version)
        entry = DeployedVersion(
            version=order.version,
            role="champion",
            weight=100,
            sha256=version.sha256,
            key=keys.version_key(order.model, order.version, "model.onnx"),
            signature=manifest.signature,
            explanation_sha256=manifest.explanation_sha256,
        )
        return Deployment(
            model=order.model,
            generation=order.generation + 1,
            versions=(entry,),
            since=self.clock(),
            replaces=current.champion.version if current else None,
        )
