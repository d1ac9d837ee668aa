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

# A version that is being released: answering some callers, or nobody. Shadows answer nobody.
Role = Literal["champion", "challenger", "shadow"]
Strategy = Literal["all-at-once", "canary", "shadow", "ab"]


class FeatureSignature(Value):
    """What a request may say of one feature: the spec's own rule, at serving.

    Attributes:
        private: Whether its values stay out of the prediction log.
    """

    name: str
    type: FeatureType
    required: bool
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] | None = None
    private: bool = False


class Signature(Value):
    """What a version takes and gives."""

    task: Task
    classes: tuple[str, ...] | None
    entity: str | None
    time: str | None = None
    features: tuple[FeatureSignature, ...]


class DeployedVersion(Value):
    """A version in a deployment.

    Attributes:
        weight: Percent of callers that it answers; those of champion and challengers add up to 100, a
            shadow has 0.
        slots: Which callers: half-open ranges of 0 to 100, `weight` wide in all. A champion's is what the
            others leave, and is not written down.
        explanation_sha256: Of `explanation.json` beside the artifact; empty where there is none.
    """

    version: int
    role: Role
    weight: int
    sha256: str
    key: str
    signature: Signature
    slots: tuple[tuple[int, int], ...] = ()
    explanation_sha256: str = ""


class Rollout(Value):
    """A release that is under way: which step it is at.

    Attributes:
        release_id: The release; also salts the hash of callers, so that each release begins with others.
        version: What is being released.
        step: Counted from 1.
        since: When the step began.
    """

    release_id: str
    version: int
    strategy: Strategy
    step: int
    steps: int
    since: datetime


class Capture(Value):
    """What of the calls goes into the prediction log.

    Attributes:
        sample: Share of calls, above 0 up to 1.
        salt: Keys the hashes that stand for private categories; kept from deployment to deployment.
    """

    sample: float = 1.0
    salt: str = ""


class Deployment(Value):
    """Who answers for a model; each change raises `generation` by one.

    Attributes:
        since: When this generation began.
        replaces: The version that was champion before this one, None for the first.
        before: Champions to go back to, the most recent first; whoever was rolled back is not among them.
        rollout: The release under way, if there is one.
    """

    model: str
    generation: int
    versions: tuple[DeployedVersion, ...]
    since: datetime
    replaces: int | None = None
    before: tuple[int, ...] = ()
    rollout: Rollout | None = None
    capture: Capture = Capture()

    @property
    def champion(self) -> DeployedVersion:
        """The version that answers by default."""
        return next(entry for entry in self.versions if entry.role == "champion")

    @property
    def others(self) -> tuple[DeployedVersion, ...]:
        """Challengers and shadows."""
        return tuple(entry for entry in self.versions if entry.role != "champion")


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
            private=rule.private,
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
