"""Training/serving skew: what a version is asked on its first day against what it was trained on.

Drift is a change over time; skew is there from the first call on, and mostly a fault in how features are made
(Breck et al. 2019, "Data validation for machine learning", sec. 3.2). The comparison is the same; only the
period tells the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.monitoring.record import ColumnDrift, MonitoringRecord
from tideline.services.monitoring.compare_window import compare_window
from tideline.services.monitoring.hourly_counts import HourlyCounts
from tideline.services.monitoring.live_window import first_day
from tideline.services.monitoring.log_hours import LogHours

# The first day, and time for its lines to arrive.
_KNOWN_AFTER = timedelta(hours=26)


def training_skew(
    hours: LogHours,
    counts: HourlyCounts,
    *,
    spec: ModelSpec,
    at: datetime,
    since: datetime,
    earlier: Sequence[MonitoringRecord],
) -> tuple[ColumnDrift, ...]:
    """Return the first day's comparison; once the day is over, the one that was made then.

    Args:
        hours: Of the log, a week back.
        counts: Of the version.
        spec: Whose rules count.
        at: Now.
        since: Begin of this look's window.
        earlier: Looks at the same version before, oldest first.
    """
    first = min((record.since for record in earlier), default=since)
    if earlier and at - first > _KNOWN_AFTER:
        return earlier[-1].skew
    day = first_day(hours, counts, since=first)
    return compare_window(day.counts, counts.reference, spec=spec).features
