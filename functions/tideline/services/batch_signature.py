"""The signature that a batch job's version was registered with."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain import keys
from tideline.domain.batch.order import BatchOrder
from tideline.domain.release.deployment import Signature
from tideline.domain.release.manifest import registered_manifest
from tideline.ports import ObjectStore


@dataclass(frozen=True)
class BatchSignatures:
    """Reads what a version takes and gives: a signature of 2,000 features is too much for a payload."""

    lake: ObjectStore

    def of(self, order: BatchOrder) -> Signature:
        """Return the signature of the order's version.

        Raises:
            ArtifactInvalid: the manifest is another one than was registered.
        """
        content = self.lake.read(keys.version_key(order.model, order.version, "manifest.json"))
        return registered_manifest(
            content, model=order.model, version=order.version, sha256=order.manifest_sha256
        ).signature
