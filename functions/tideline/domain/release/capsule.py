"""The capsule: all that is needed to train a version again, and to say what has changed since."""

from __future__ import annotations

from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.dataset import Batch
from tideline.domain.training.run import Evaluated, FittedModel, RunOrder, TrialResult
from tideline.domain.value import Value


class CapsuleBatch(Value):
    """A batch to train on, and the object that it was read from.

    Attributes:
        sha256: Of the Parquet bytes, at `lake_key`.
        source_sha256: Of the bytes as they were dropped, at `object_key` of the inbox.
    """

    number: int
    sha256: str
    lake_key: str
    size_bytes: int
    rows: int
    source_sha256: str
    object_key: str
    object_version: str


class Surroundings(Value):
    """What a model was fitted in.

    Attributes:
        code_sha256: Of the functions' source.
        lock_sha256: Of the files that lock the libraries.
        libraries: Version of each distribution, as installed.
        platform: ``python``, ``system``, ``machine``, ``processor``.
    """

    code_sha256: str
    lock_sha256: str
    libraries: dict[str, str]
    platform: dict[str, str]


class Capsule(Value):
    """Everything that a version depends on.

    Attributes:
        holdout: Number of the link in the model's chain of holdouts by which rows were held out.
        trial: The one that was chosen: its parameters, and the rounds to fit for.
        artifact_sha256: What training again should give.
    """

    schema_version: int = 1
    model: str
    version: int
    order: RunOrder
    spec_sha256: str
    spec: ModelSpec
    dataset_sha256: str
    batches: tuple[CapsuleBatch, ...]
    holdout: int
    trial: TrialResult
    surroundings: Surroundings
    artifact_sha256: str
    evaluation: Evaluated

    def to_json(self) -> bytes:
        """Return the capsule as it is stored."""
        return self.model_dump_json(indent=2).encode()


def capsule_batch(batch: Batch) -> CapsuleBatch:
    """Return what a capsule holds of a batch."""
    kept = batch.model_dump(include=set(CapsuleBatch.model_fields))
    return CapsuleBatch(**kept, lake_key=keys.dataset_key(batch.model, batch.sha256))


def surroundings_of(fitted: FittedModel) -> Surroundings:
    """Return what a candidate was fitted in."""
    return Surroundings(
        code_sha256=fitted.code_sha256,
        lock_sha256=fitted.lock_sha256,
        libraries=fitted.library_versions,
        platform=fitted.platform,
    )
