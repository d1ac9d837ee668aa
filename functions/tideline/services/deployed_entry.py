"""A version as it stands in a deployment: its artifact, and what callers may ask, as registered."""

from __future__ import annotations

from tideline.domain import keys
from tideline.domain.release.deployment import DeployedVersion
from tideline.domain.release.manifest import read_manifest
from tideline.domain.release.version import ModelVersion
from tideline.ports import ObjectStore


def deployed_entry(lake: ObjectStore, version: ModelVersion) -> DeployedVersion:
    """Return a version as the champion.

    Raises:
        ArtifactInvalid: the manifest, which says what callers may ask, is not the one registered.
        ObjectMissing: there is none.
    """
    content = lake.read(keys.version_key(version.model, version.number, "manifest.json"))
    manifest = read_manifest(content, version=version)
    return DeployedVersion(
        version=version.number,
        role="champion",
        weight=100,
        sha256=version.sha256,
        key=keys.version_key(version.model, version.number, "model.onnx"),
        signature=manifest.signature,
        explanation_sha256=manifest.explanation_sha256,
    )
