"""What is kept of an hour of the prediction log, and how it is known whether that still holds.

Lines of the log arrive late and files are merged: what was counted holds for as long as the hour has the same
files, whose names say what they hold, and for the reference whose bins it was counted over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.record import VersionShare
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.value import Value


class HourCounts(Value):
    """One hour of one version.

    Attributes:
        sources: Of which files and by which reference it was counted, as `sources_of` says it.
        shares: Every version that answered callers in the hour.
    """

    schema_version: int = 1
    sources: str
    counts: WindowCounts
    shares: tuple[VersionShare, ...] = ()


def sources_of(files: Iterable[str], reference: MonitoringReference, features: Iterable[str]) -> str:
    """Return a hash of what an hour's counts are made of: files, the reference, and which features."""
    digest = hashlib.sha256(f"{reference.artifact_sha256}\0{reference.run_id}".encode())
    for name in (*sorted(files), "", *features):
        digest.update(f"\0{name}".encode())
    return digest.hexdigest()


def hour_of(moment: datetime) -> datetime:
    """Return the begin of a moment's hour, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_in_key(key: str) -> datetime:
    """Return the hour that a file of the prediction log belongs to; raises `ValueError` for other keys."""
    parts = dict(part.split("=", 1) for part in key.split("/") if part.startswith(("date=", "hour=")))
    if parts.keys() != {"date", "hour"}:
        raise ValueError(f"{key!r} is no file of the prediction log")
    return datetime.strptime(f"{parts['date']} {parts['hour']}", "%Y-%m-%d %H").replace(tzinfo=UTC)
