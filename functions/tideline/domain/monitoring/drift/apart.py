"""Which looks before are other tests than this one: those whose windows share no rows with it or each other.

Looks every hour at a day of traffic are one test made again and again; to call them a family would count the
same p-value many times, which holds no false alarm down.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tideline.domain.monitoring.record import MonitoringRecord


def apart(looks: Sequence[MonitoringRecord], *, since: datetime) -> tuple[MonitoringRecord, ...]:
    """Return the newest looks whose windows lie one before the other, and all before a window.

    Args:
        looks: Oldest first.
        since: Begin of the window.
    """
    found: list[MonitoringRecord] = []
    for look in reversed(looks):
        if look.until <= since:
            found.append(look)
            since = look.since
    return tuple(found)
