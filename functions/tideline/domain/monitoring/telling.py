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


def dropped_anew(record: MonitoringRecord, earlier: Sequence[MonitoringRecord]) -> RealisedQuality | None:
    """Return the newest mature period if its performance has dropped and nothing was said of it before.

    Older periods are not told: they were, or have passed. A period that lies across one that was told is the
    same news: a month in which no day has enough outcomes of its own is another one every day.

    Args:
        record: The look.
        earlier: Looks before at the same version, told or not.
    """
    newest = next((period for period in reversed(record.realised) if period.mature), None)
    if newest is None or not newest.dropped:
        return None
    told = (_newest_drop(one) for one in earlier if one.cause != record.cause)
    if any(period is not None and period.until > newest.since for period in told):
        return None
    return newest


def _newest_drop(record: MonitoringRecord) -> RealisedQuality | None:
    newest = next((period for period in reversed(record.realised) if period.mature), None)
    return newest if newest is not None and newest.dropped else None
