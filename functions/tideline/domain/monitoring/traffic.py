"""Traffic of a window: calls, failures, latencies, and who answered which share."""

from __future__ import annotations

from collections.abc import Sequence

from tideline.domain.monitoring.counting.columns import percentile_ms
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.record import Traffic, VersionShare


def traffic_of(counts: WindowCounts | None, shares: Sequence[VersionShare]) -> Traffic:
    """Return the traffic of a window; None stands for one in which the version answered nothing."""
    if counts is None:
        return Traffic(calls=0, rows=0, failed=0, shares=tuple(shares))
    return Traffic(
        calls=counts.calls,
        rows=counts.rows,
        failed=counts.failed,
        p50_ms=percentile_ms(counts.latency, 0.5),
        p95_ms=percentile_ms(counts.latency, 0.95),
        p99_ms=percentile_ms(counts.latency, 0.99),
        shares=tuple(shares),
    )
