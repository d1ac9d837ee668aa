"""Identifiers of a batch's predictions: the same for a row however often its worker is tried.

They are UUIDs of version 7 as online ones are (`tideline.serving.prediction_id`), so that what reads the
time out of an id needs no second rule. Their time is the job's start, their order that of the rows: the
row's number stands in the 36 bits after the version and the variant, and 38 bits of a hash of the job tell
jobs of one millisecond apart.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

# Sixty-eight thousand million; a file's five gigabytes hold fewer lines.
MAX_ROW = 2**36 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOW_ROW_BITS = 24
_JOB_BITS = 38


def id_parts(job_id: str, *, started_at: datetime) -> tuple[str, int]:
    """Return the first two groups of a job's ids, and the job's own bits."""
    moment = f"{(started_at - _EPOCH) // timedelta(milliseconds=1):012x}"
    digest = hashlib.sha256(job_id.encode()).digest()
    own = int.from_bytes(digest[:8], "big") >> (64 - _JOB_BITS)
    return f"{moment[:8]}-{moment[8:]}", own


def batch_prediction_id(job_id: str, row: int, *, started_at: datetime) -> str:
    """Return the id of one row's prediction.

    Raises:
        ValueError: the row's number is beyond `MAX_ROW`.
    """
    if not 0 < row <= MAX_ROW:
        raise ValueError(f"row {row} has no id: rows count from 1 to {MAX_ROW}")
    head, own = id_parts(job_id, started_at=started_at)
    low = ((row & (2**_LOW_ROW_BITS - 1)) << _JOB_BITS) | own | (0b10 << 62)
    tail = f"{low:016x}"
    return f"{head}-7{row >> _LOW_ROW_BITS:03x}-{tail[:4]}-{tail[4:]}"
