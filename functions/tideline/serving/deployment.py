"""The deployment record as the serving path reads it; `tideline.domain.release.deployment` writes it.

Fields that are added later are ignored here, so that an older function reads a newer record.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import msgspec

from tideline.errors import StorageUnavailable

# The largest float32; a larger number would reach the model as infinity.
MAX_NUMBER = 3.4028234663852886e38


class Feature(msgspec.Struct, frozen=True):
    """What a request may say of one feature; bounds are inclusive."""

    name: str
    type: Literal["number", "category"]
    required: bool
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] | None = None
    private: bool = False


class Signature(msgspec.Struct, frozen=True, dict=True):
    """What a version takes and gives; a binary task's classes are (negative, positive)."""

    task: Literal["binary", "multiclass", "regression"]
    features: tuple[Feature, ...]
    classes: tuple[str, ...] | None = None
    entity: str | None = None
    time: str | None = None

    @property
    def output(self) -> str:
        """Name of the model's output."""
        return "value" if self.task == "regression" else "probabilities"

    @property
    def width(self) -> int:
        """Numbers in one row of the model's output."""
        return len(self.classes) if self.classes else 1

    @cached_property
    def private(self) -> dict[str, str]:
        """Types of the features whose values stay out of the prediction log, by name."""
        return {feature.name: feature.type for feature in self.features if feature.private}

    @cached_property
    def extras(self) -> tuple[str, ...]:
        """Columns that may come along without being features."""
        features = {feature.name for feature in self.features}
        return tuple(name for name in (self.entity, self.time) if name and name not in features)


class DeployedVersion(msgspec.Struct, frozen=True):
    """A version, what part it has and where its artifact lies in the lake.

    Attributes:
        slots: Half-open ranges of 0 to 100: the callers of a challenger.
    """

    version: int
    role: str
    weight: int
    sha256: str
    key: str
    signature: Signature
    slots: tuple[tuple[int, int], ...] = ()
    explanation_sha256: str = ""


class Rollout(msgspec.Struct, frozen=True):
    """The release under way."""

    release_id: str
    step: int


class Capture(msgspec.Struct, frozen=True):
    """What of the calls is logged: a share of them, and the key of private categories' hashes."""

    sample: float = 1.0
    salt: str = ""


class Deployment(msgspec.Struct, frozen=True, dict=True):
    """Who answers for a model.

    Attributes:
        before: Champions that nobody rolled back, so that they may stand in; None in records of old.
    """

    model: str
    generation: int
    versions: tuple[DeployedVersion, ...]
    rollout: Rollout | None = None
    capture: Capture = Capture()
    before: tuple[int, ...] | None = None

    @cached_property
    def champion(self) -> DeployedVersion:
        """The version that answers; raises `StorageUnavailable` where there is none."""
        for entry in self.versions:
            if entry.role == "champion":
                return entry
        raise StorageUnavailable("the deployment record has no champion")

    def may_stand_in(self, version: int) -> bool:
        """Whether an earlier champion may answer where this one can't be loaded."""
        return self.before is None or version in self.before


_decoder = msgspec.json.Decoder(Deployment)


def parse_deployment(document: bytes) -> Deployment:
    """Read a deployment document, which has a champion.

    Raises:
        StorageUnavailable: if it isn't one: whoever writes it next may put it right.
    """
    try:
        deployment = _decoder.decode(document)
    except msgspec.DecodeError as error:
        raise StorageUnavailable(f"the deployment record can't be read: {error}") from error
    _ = deployment.champion
    return deployment
