"""What is live for a model, and by which rules it is watched."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.release.deployment import DeployedVersion
from tideline.domain.release.version import ModelVersion
from tideline.ports import DeploymentRegistry, SpecRegistry, VersionRegistry


@dataclass(frozen=True)
class LiveVersion:
    """A champion.

    Attributes:
        spec: The one in force, whose rules for monitoring count.
        version: Its record.
        deployed: Its entry in the deployment.
    """

    spec: ModelSpec
    version: ModelVersion
    deployed: DeployedVersion

    @property
    def number(self) -> int:
        """The version's number."""
        return self.version.number

    @property
    def private(self) -> tuple[str, ...]:
        """Features whose values the prediction log does not have."""
        return tuple(feature.name for feature in self.deployed.signature.features if feature.private)

    def watched(self, reference: MonitoringReference) -> tuple[str, ...]:
        """Return the features that can be compared."""
        hidden = set(self.private)
        return tuple(name for name in reference.features if name not in hidden)


@dataclass(frozen=True)
class LiveVersions:
    """Finds what is live."""

    specs: SpecRegistry
    versions: VersionRegistry
    deployments: DeploymentRegistry

    def of(self, model: str) -> LiveVersion | None:
        """Return a model's champion, None where nothing is live."""
        deployment = self.deployments.load(model)
        if deployment is None:
            return None
        champion = deployment.champion
        version = self.versions.load(model, champion.version)
        return LiveVersion(self.specs.load(model, self.specs.head(model).version), version, champion)
