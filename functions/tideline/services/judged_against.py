"""With which champion a version was compared when it was evaluated, as its stored report says."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from tideline.domain import keys
from tideline.domain.release.version import ModelVersion
from tideline.errors import ObjectMissing
from tideline.ports import ObjectStore


class _Champion(BaseModel):
    version: int


class _Report(BaseModel):
    """The one field that counts here: reports of every edition have it."""

    champion: _Champion | None = None


def judged_against(lake: ObjectStore, version: ModelVersion) -> int | None:
    """Return the champion's number; None where there was none, or nobody can tell."""
    try:
        report = lake.read(keys.version_key(version.model, version.number, "report.json"))
        champion = _Report.model_validate_json(report).champion
    except (ObjectMissing, ValidationError):
        return None
    return champion.version if champion else None
