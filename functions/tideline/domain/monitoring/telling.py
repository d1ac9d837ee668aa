"""Whether a look is news: who is told of the same thing every hour stops to listen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tideline.domain.monitoring.record import MonitoringRecord, RealisedQuality

# A drift that goes on is told once a day: whoever missed it, or could not act on it, hears of it again.
AGAIN_AFTER = timedelta(days=1)
_WORSE = {"stable": 0, "undecided": 0, "warn": 1, "retrain": 2}


def is_news(record: MonitoringRecord, told: Sequence[MonitoringRecord]) -> bool:
    """Tell whether a drift should be told.

    Args:
        record: The look; one that is neither a warning nor worse is no news.
        told: Looks before at the same version that were told, oldest first.
    """
    if not _WORSE[record.decision]:
        return False
    recent = [one for one in told if record.at - one.at < AGAIN_AFTER and one.cause != record.cause]
    if not recent or _WORSE[record.decision] > max(_WORSE[one.decision] for one in recent):
        return True
    known = {column.name for one in recent for column in (*one.features, *one.answers) if column.has_drifted}
    now = {column.name for column in (*record.features, *record.answers) if column.has_drifted}
    return bool(now - known)


def dropped_anew(
    record: MonitoringRecord, earlier: Sequence[MonitoringRecord]
) -> tuple[RealisedQuality, ...]:
    """Return the periods whose performance dropped, and of which nothing was said before."""
    known = {
        period.since
        for one in earlier
        if one.cause != record.cause
        for period in one.realised
        if period.dropped
    }
    return tuple(period for period in record.realised if period.dropped and period.since not in known)
