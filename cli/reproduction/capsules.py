"""What a version was made of, as it lies in the lake: capsule, batches, metrics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping

from cli.errors import CliError
from cli.words import count
from tideline.domain import keys
from tideline.domain.release.capsule import Capsule
from tideline.domain.release.manifest import read_manifest
from tideline.domain.release.version import ModelVersion
from tideline.errors import ArtifactInvalid, ObjectMissing
from tideline.ports import ObjectStore


def load_capsule(lake: ObjectStore, record: ModelVersion) -> Capsule:
    """Return a version's capsule; raises `CliError` where it is not there or not what was registered."""
    model, version = record.model, record.number
    try:
        manifest = read_manifest(
            _read(lake, keys.version_key(model, version, "manifest.json")), version=record
        )
    except ArtifactInvalid as exc:
        raise CliError(exc.message) from exc
    if not manifest.capsule_sha256:
        raise CliError(
            f"version {version} of {model} was registered before capsules were kept, so it cannot be trained"
            f" again as it was; `tideline retrain {model} --force` trains a new one"
        )
    key = keys.version_key(model, version, "capsule.json")
    content = _read(lake, key)
    found = hashlib.sha256(content).hexdigest()
    if found != manifest.capsule_sha256:
        raise CliError(
            f"{key} has SHA-256 {found}, the manifest says {manifest.capsule_sha256}: somebody changed it;"
            " the bucket keeps the version that was written first"
        )
    return Capsule.model_validate_json(content)


def require_batches(lake: ObjectStore, capsule: Capsule) -> None:
    """Raise `CliError` naming every batch that is gone, or has another size than it had."""
    faults = list(_faults(lake, capsule))
    if faults:
        raise CliError(
            f"version {capsule.version} cannot be trained again, for"
            f" {count(len(faults), 'batch', 'batches')} of its data"
            f" {'is' if len(faults) == 1 else 'are'} not there as they were: {'; '.join(faults)}."
            " The lake keeps deleted and replaced objects for a time: bring back the version of each that"
            " was written first"
        )


def metrics(lake: ObjectStore, key: str) -> dict[str, float | None]:
    """Return the metrics of a report by name, None where one means nothing."""
    report = json.loads(_read(lake, key))
    return {name: _estimate(interval) for name, interval in report["candidate"].items()}


def _faults(lake: ObjectStore, capsule: Capsule) -> Iterator[str]:
    for batch in capsule.batches:
        which = f"batch {batch.number} (from {batch.object_key}) at {batch.lake_key}"
        try:
            size = lake.size(batch.lake_key)
        except ObjectMissing:
            yield f"{which} is gone"
            continue
        if size != batch.size_bytes:
            yield f"{which} has {size:,} bytes, it had {batch.size_bytes:,}"


def _estimate(interval: Mapping[str, float] | None) -> float | None:
    return None if interval is None else float(interval["estimate"])


def _read(lake: ObjectStore, key: str) -> bytes:
    try:
        return lake.read(key)
    except ObjectMissing as exc:
        raise CliError(f"{key} is gone from the lake") from exc
