"""The manifest: everything that led to a version, beside its artifact."""

from __future__ import annotations

import hashlib
from datetime import datetime

from tideline.domain.release.deployment import Signature
from tideline.domain.release.version import ModelVersion
from tideline.domain.training.run import Evaluated, Parameter, TrialResult
from tideline.domain.value import Value
from tideline.errors import ArtifactInvalid


class ManifestBatch(Value):
    """One batch of the data set version, and the object it came from."""

    number: int
    sha256: str
    source_sha256: str
    object_key: str
    object_version: str
    rows: int


class Manifest(Value):
    """What a version is and where it came from; hashes are SHA-256 in hexadecimal.

    Attributes:
        capsule_sha256: Of `capsule.json` beside it; empty for versions older than capsules.
        explanation_sha256: Of `explanation.json` beside it; empty where there is none.
    """

    schema_version: int = 1
    model: str
    version: int
    run_id: str
    artifact_sha256: str
    size_bytes: int
    signature: Signature
    spec_version: int
    spec_sha256: str
    dataset_version: int
    dataset_sha256: str
    batches: tuple[ManifestBatch, ...]
    trainer: str
    parameters: dict[str, Parameter]
    rounds: int
    seed: int
    trials: tuple[TrialResult, ...]
    evaluation: Evaluated
    library_versions: dict[str, str]
    code_sha256: str
    capsule_sha256: str = ""
    explanation_sha256: str = ""
    created_at: datetime


def read_manifest(content: bytes, *, version: ModelVersion) -> Manifest:
    """Return the manifest that was registered with a version; raises as `registered_manifest`."""
    return registered_manifest(
        content, model=version.model, version=version.number, sha256=version.manifest_sha256
    )


def registered_manifest(content: bytes, *, model: str, version: int, sha256: str) -> Manifest:
    """Return the manifest that was registered under a hash.

    Without a hash, as of versions from before manifests were bound to the registry, any is believed.

    Raises:
        ArtifactInvalid: it is another one: somebody changed it since.
    """
    found = hashlib.sha256(content).hexdigest()
    if sha256 and found != sha256:
        raise ArtifactInvalid(
            f"manifest.json of {model} version {version} has SHA-256 {found}, the registry says {sha256}:"
            " somebody changed it; the bucket keeps the one that was written first"
        )
    return Manifest.model_validate_json(content)
