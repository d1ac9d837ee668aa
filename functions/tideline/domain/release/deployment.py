"""A deployment is a record, not a resource: which versions answer, in which role, with which weight.

Written here, read by `tideline.serving.deployment`, which must import without pydantic: a contract test
holds the two to one shape.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import FeatureType, Task
from tideline.domain.value import Value


class FeatureSignature(Value):
    """What a request may say of one feature: the spec's own rule, at serving."""

    name: str
    type: FeatureType
    required: bool
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] | None = None


class Signature(Value):
    """What a version takes and gives."""

    task: Task
    classes: tuple[str, ...] | None
    entity: str | None
    time: str | None = None
    features: tuple[FeatureSignature, ...]


class DeployedVersion(Value):
    """A version in a deployment; weights are percent and add up to 100."""

    version: int
    role: Literal["champion"]
    weight: int
    sha256: str
    key: str
    signature: Signature


class Deployment(Value):
    """Who answers for a model; each change raises `generation` by one.

    Attributes:
        replaces: The version that was champion before, None for the first.
    """

    model: str
    generation: int
    versions: tuple[DeployedVersion, ...]
    since: datetime
    replaces: int | None = None

    @property
    def champion(self) -> DeployedVersion:
        """The version that answers by default."""
        return next(entry for entry in self.versions if entry.role == "champion")


def signature(spec: ModelSpec, *, classes: tuple[str, ...]) -> Signature:
    """Return what a version trained under `spec` takes and gives."""
    features = tuple(
        FeatureSignature(
            name=name,
            type=rule.type,
            required=rule.required,
            min=rule.min,
            max=rule.max,
            values=rule.values,
        )
        for name, rule in spec.features.items()
    )
    return Signature(
        task=spec.task,
        classes=classes or None,
        entity=spec.entity,
        time=spec.time,
        features=features,
    )
