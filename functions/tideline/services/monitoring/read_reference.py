"""The reference of a live version, or why there is none to hold it against."""

from __future__ import annotations

from pydantic import ValidationError

from tideline.domain import keys
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.release.version import ModelVersion
from tideline.errors import ObjectMissing
from tideline.ports import ObjectStore


def read_reference(lake: ObjectStore, version: ModelVersion) -> MonitoringReference | str:
    """Return the reference that was made with a version; in words where it is missing or another one's."""
    key = keys.reference_key(version.model, version.number)
    try:
        reference = MonitoringReference.model_validate_json(lake.read(key))
    except ObjectMissing:
        return (
            f"version {version.number} has no reference: it was trained before there were any;"
            f" `tideline retrain {version.model} --force` makes one that has"
        )
    except ValidationError:
        return f"{key} is damaged; `tideline retrain {version.model} --force` makes a version with a new one"
    if reference.artifact_sha256 != version.sha256:
        return f"{key} belongs to another artifact than version {version.number}"
    return reference
