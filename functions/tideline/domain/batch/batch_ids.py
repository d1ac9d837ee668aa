"""Identifiers of a batch's predictions: the same for a row however often its worker is tried.

They are UUIDs of version 7 as online ones are (`tideline.serving.prediction_id`), so that what reads the
time out of an id needs no second rule. Their time is the job's start, their order that of the rows: the
row's number stands in the 36 bits after the version and the variant, and 38 bits of a hash of the job tell
jobs of one millisecond apart.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

# Sixty-eight thousand million; a file's five gigabytes hold fewer lines.
MAX_ROW = 2**36 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Bits of a row's number in the lower half of an id, and those of the job below them.
LOW_ROW_BITS = 24
JOB_BITS = 38


def first_id(job_id: str, *, started_at: datetime) -> int:
    """Return a job's id as an integer, with row 0: the time, the version, the variant, the job's own bits."""
    moment = (started_at - _EPOCH) // timedelta(milliseconds=1)
    own = int.from_bytes(hashlib.sha256(job_id.encode()).digest()[:8], "big") >> (64 - JOB_BITS)
    return moment << 80 | 7 << 76 | 0b10 << 62 | own


def batch_prediction_id(job_id: str, row: int, *, started_at: datetime) -> str:
    """Return the id of one row's prediction.

    Raises:
        ValueError: the row's number is beyond `MAX_ROW`.
    """
    if not 0 < row <= MAX_ROW:
        raise ValueError(f"row {row} has no id: rows count from 1 to {MAX_ROW}")
    high, low = row >> LOW_ROW_BITS, row & (2**LOW_ROW_BITS - 1)
    return str(UUID(int=first_id(job_id, started_at=started_at) | high << 64 | low << JOB_BITS))
