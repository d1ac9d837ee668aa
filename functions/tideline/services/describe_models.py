"""Describe what is registered: all models, one of them, one version of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Task
from tideline.domain.release.approval import PublicApproval
from tideline.domain.release.deployment import Deployment, Signature
from tideline.domain.release.manifest import Manifest, read_manifest
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.value import Value
from tideline.errors import ArtifactInvalid, ObjectMissing, UnknownModel
from tideline.ports import ApprovalRegistry, DeploymentRegistry, ObjectStore, SpecRegistry, VersionRegistry


class ModelSummary(Value):
    """A model in a list; versions are None where there is none."""

    model: str
    task: Task
    target: str
    metric: str
    spec_version: int
    newest_version: int | None
    live_version: int | None


class ModelList(Value):
    """Every model, by name."""

    models: tuple[ModelSummary, ...]


class VersionSummary(Value):
    """A version in a list; `value` is the metric's, on rows that were held out."""

    version: int
    state: VersionState
    note: str
    metric: str
    value: float
    run_id: str
    created_at: datetime


class LiveVersion(Value):
    """Which version answers, and since when."""

    version: int
    generation: int
    since: datetime
    replaces: int | None


class ModelDescription(Value):
    """A model: the spec in force, what is live, every version, oldest first."""

    model: str
    spec_version: int
    spec: ModelSpec
    live: LiveVersion | None
    versions: tuple[VersionSummary, ...]


class VersionDescription(Value):
    """A version, everything that led to it, and whether somebody approved it.

    Attributes:
        manifest: None where it is gone from the lake, or is not the one that was registered.
        approval: The newest; None where nobody ever asked for one.
    """

    version: ModelVersion
    manifest: Manifest | None
    approval: PublicApproval | None


@dataclass(frozen=True)
class DescribeModels:
    """Reads only; nothing is changed by repeating it."""

    lake: ObjectStore
    specs: SpecRegistry
    versions: VersionRegistry
    approvals: ApprovalRegistry
    deployments: DeploymentRegistry

    def all(self) -> ModelList:
        """Return every model in short."""
        return ModelList(models=tuple(self._summary(model) for model in self.specs.models()))

    def signatures(self, *, most: int) -> dict[str, Signature] | None:
        """Return what each model's champion takes and gives, by model; None where there are more models."""
        models = self.specs.models()
        if len(models) > most:
            return None
        found = {model: self.deployments.load(model) for model in models}
        return {model: each.champion.signature for model, each in found.items() if each is not None}

    def one(self, model: str) -> ModelDescription:
        """Return one model; raises `UnknownModel`."""
        number, spec = self._spec(model)
        return ModelDescription(
            model=model,
            spec_version=number,
            spec=spec,
            live=_live(self.deployments.load(model)),
            versions=tuple(_short(version) for version in self.versions.all(model)),
        )

    def version(self, model: str, number: int) -> VersionDescription:
        """Return one version; raises `UnknownModel` or `UnknownVersion`."""
        self._spec(model)
        version = self.versions.load(model, number)
        approval = self.approvals.load(model, number)
        return VersionDescription(
            version=version,
            manifest=self._manifest(version),
            approval=approval.public() if approval else None,
        )

    def _summary(self, model: str) -> ModelSummary:
        number, spec = self._spec(model)
        deployment = self.deployments.load(model)
        return ModelSummary(
            model=model,
            task=spec.task,
            target=spec.target,
            metric=spec.metric,
            spec_version=number,
            newest_version=self.versions.latest_number(model) or None,
            live_version=deployment.champion.version if deployment else None,
        )

    def _spec(self, model: str) -> tuple[int, ModelSpec]:
        head = self.specs.head(model)
        if head.version == 0:
            raise UnknownModel(model)
        return head.version, self.specs.load(model, head.version)

    def _manifest(self, version: ModelVersion) -> Manifest | None:
        key = keys.version_key(version.model, version.number, "manifest.json")
        try:
            return read_manifest(self.lake.read(key), version=version)
        except (ObjectMissing, ArtifactInvalid):
            return None


def _live(deployment: Deployment | None) -> LiveVersion | None:
    if deployment is None:
        return None
    return LiveVersion(
        version=deployment.champion.version,
        generation=deployment.generation,
        since=deployment.since,
        replaces=deployment.replaces,
    )


def _short(version: ModelVersion) -> VersionSummary:
    return VersionSummary(
        version=version.number,
        state=version.state,
        note=version.note,
        metric=version.evaluation.metric,
        value=version.evaluation.candidate,
        run_id=version.run_id,
        created_at=version.created_at,
    )
