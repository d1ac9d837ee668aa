"""How a number went from look to look, as the command line draws it."""

from __future__ import annotations

from collections.abc import Sequence

from cli.sparkline import sparkline
from tideline.domain.monitoring.record import MonitoringRecord, RealisedQuality

# A metric that moves by less than this share of itself is drawn as flat as it is.
_FLAT = 0.05


def psi_by_look(looks: Sequence[MonitoringRecord], feature: str) -> list[float | None]:
    """Return the PSI of a feature in each look, None where it was not compared."""
    return [next((one.psi for one in look.features if one.name == feature), None) for look in looks]


def psi_line(looks: Sequence[MonitoringRecord], feature: str, *, large: float, bars: str) -> str:
    """Return the PSI of a feature as little bars: one that is no third as high is far from large."""
    values = psi_by_look(looks, feature)
    return sparkline(values, bars=bars, low=0.0, high=max([large, *(v for v in values if v is not None)]))


def periods(looks: Sequence[MonitoringRecord]) -> list[RealisedQuality]:
    """Return the periods with labels, oldest first, each as the newest look knows it."""
    known = {(one.since, one.until): one for look in looks for one in look.realised}
    return [known[period] for period in sorted(known)]


def newest_known(found: Sequence[RealisedQuality]) -> RealisedQuality | None:
    """Return the newest mature period, the newest where none is, None where nothing was realised."""
    known = [one for one in found if one.interval is not None]
    mature = [one for one in known if one.mature] or known
    return mature[-1] if mature else None


def estimate_line(looks: Sequence[MonitoringRecord], *, bars: str) -> str:
    """Return the estimated metric by look."""
    found = [look.estimate.estimate.estimate if look.estimate else None for look in looks]
    return _metric_line(found, bars=bars)


def realised_line(found: Sequence[RealisedQuality], *, bars: str) -> str:
    """Return the realised metric by period."""
    return _metric_line([one.interval.estimate if one.interval else None for one in found], bars=bars)


def _metric_line(values: Sequence[float | None], *, bars: str) -> str:
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 one bar says nothing
        return ""
    low, high = min(known), max(known)
    room = max(0.0, _FLAT * max(abs(low), abs(high)) - (high - low)) / 2
    return sparkline(values, bars=bars, low=low - room, high=high + room)
