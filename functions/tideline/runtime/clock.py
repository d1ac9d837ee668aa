"""The time and a stopwatch, for those who are handed them."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def seconds() -> float:
    """Return seconds since some fixed moment."""
    return time.monotonic()


def precise_seconds() -> float:
    """Return the same by the finest clock there is, for what takes microseconds."""
    return time.perf_counter()
