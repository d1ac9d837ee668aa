"""The manifest of a batch job: which files hold what became of every row."""

from __future__ import annotations

from datetime import datetime

from tideline.domain.value import Value


class ScoredFile(Value):
    """One Parquet file of a job; its hash is of its bytes.

    Attributes:
        key: In the lake.
    """

    key: str
    sha256: str
    size_bytes: int
    rows: int


class BatchManifest(Value):
    """What became of every row of a dropped file: `rows` is `scored` and `refused` together.

    Attributes:
        results: Columns ``prediction_id, row, entity, value, label, probabilities``, the last with a field
            for each class; a row's number counts from 1, header and blank lines not counted.
        refusals: Columns ``row, reasons``.
    """

    schema_version: int = 1
    model: str
    job_id: str
    object_key: str
    object_version: str
    version: int
    artifact_sha256: str
    rows: int
    scored: int
    refused: int
    results: tuple[ScoredFile, ...]
    refusals: tuple[ScoredFile, ...]
    started_at: datetime
    scored_at: datetime
