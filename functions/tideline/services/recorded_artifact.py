"""A model file as its record has it: no parser sees another one."""

from __future__ import annotations

import hashlib

from tideline.errors import ArtifactInvalid
from tideline.ports import ObjectStore


def read_artifact(lake: ObjectStore, key: str, *, sha256: str) -> bytes:
    """Return a model file of the lake.

    Raises:
        ArtifactInvalid: it is another one than its record says.
    """
    artifact = lake.read(key)
    found = hashlib.sha256(artifact).hexdigest()
    if found != sha256:
        raise ArtifactInvalid(f"{key} has SHA-256 {found}, its record says {sha256}")
    return artifact
