"""A registered model version, and the states it may pass through."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from tideline.domain.training.run import Evaluated
from tideline.domain.value import Value


class VersionState(StrEnum):
    """Where a version stands."""

    CANDIDATE = "candidate"
    REJECTED = "rejected"
    LIVE = "live"
    RETIRED = "retired"


# What may follow what; everything else is refused.
TRANSITIONS: dict[VersionState, frozenset[VersionState]] = {
    VersionState.CANDIDATE: frozenset({VersionState.LIVE}),
    VersionState.REJECTED: frozenset(),
    VersionState.LIVE: frozenset({VersionState.RETIRED}),
    VersionState.RETIRED: frozenset({VersionState.LIVE}),
}


class ModelVersion(Value):
    """One version: an artifact, what led to it, and its state.

    Attributes:
        sha256: Of the ONNX file, in hexadecimal.
        note: Why the state is what it is, such as the stage in which a release failed.
    """

    model: str
    number: int
    state: VersionState
    sha256: str
    run_id: str
    spec_version: int
    dataset_version: int
    trainer: str
    evaluation: Evaluated
    size_bytes: int
    created_at: datetime
    note: str = ""
