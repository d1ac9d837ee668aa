"""Training/serving skew: what a version is asked on its first day against what it was trained on.

Drift is a change over time; skew is there from the first call on, and mostly a fault in how features are made
(Breck et al. 2019, "Data validation for machine learning", sec. 3.2). The comparison is the same; only the
period tells the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.monitoring.record import ColumnDrift, MonitoringRecord
from tideline.services.monitoring.compare_window import compare_window
from tideline.services.monitoring.hourly_counts import HourlyCounts
from tideline.services.monitoring.live_window import LiveWindow, first_day
from tideline.services.monitoring.log_hours import LogHours

# The first day, and time for its lines to arrive.
_KNOWN_AFTER = timedelta(hours=26)


@dataclass(frozen=True)
class Skew:
    """What a version was asked on its first day.

    Attributes:
        first_seen: The first hour in which it is known to have answered; None where it never did.
        columns: Against the training rows; empty while there is nothing to compare.
    """

    first_seen: datetime | None = None
    columns: tuple[ColumnDrift, ...] = ()


def training_skew(
    hours: LogHours,
    counts: HourlyCounts,
    *,
    spec: ModelSpec,
    at: datetime,
    window: LiveWindow,
    earlier: Sequence[MonitoringRecord],
) -> Skew:
    """Return the first day's comparison; once the day is over, the one that was made then.

    Args:
        hours: Of the log, a week back.
        counts: Of the version.
        spec: Whose rules count.
        at: Now.
        window: Of this look.
        earlier: Looks at the same version before, oldest first.
    """
    seen = [record.first_seen for record in earlier if record.first_seen is not None]
    if window.counts is not None:
        seen.append(window.since)
    if not seen:
        return Skew()
    first = min(seen)
    if earlier and at - first > _KNOWN_AFTER and earlier[-1].skew:
        return Skew(first, earlier[-1].skew)
    day = first_day(hours, counts, since=first)
    return Skew(first, compare_window(day.counts, counts.reference, spec=spec, since=first).features)
