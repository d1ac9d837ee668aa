"""The window of a look: a version's newest hours, as many as the interval and the minimum of rows ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tideline.domain.monitoring.counting.counts import WindowCounts, merged
from tideline.domain.monitoring.counting.hour import HourCounts, hour_of
from tideline.domain.monitoring.record import VersionShare
from tideline.errors import StorageUnavailable
from tideline.services.monitoring.hourly_counts import HourlyCounts
from tideline.services.monitoring.log_hours import LogHours

# A model with little traffic is looked at over a week to have enough rows: what is older says little of now.
LONGEST = timedelta(days=7)


@dataclass(frozen=True)
class LiveWindow:
    """Hours of a version, merged.

    Attributes:
        since: Begin of the first hour.
        counts: None where the version answered nothing.
        notes: Hours that could not be read, in sentences.
    """

    since: datetime
    until: datetime
    counts: WindowCounts | None = None
    shares: tuple[VersionShare, ...] = ()
    notes: tuple[str, ...] = ()


def live_window(
    hours: LogHours, counts: HourlyCounts, *, until: datetime, length: timedelta, min_rows: int
) -> LiveWindow:
    """Go back from now until both the length and the minimum of rows are covered, a week at most for rows."""
    enough = hour_of(until - length)
    last = min(enough, hour_of(until - LONGEST))
    gathered = _Gathered(counts)
    for hour in hours.newest_first():
        if hour > until:
            continue
        if hour < last or (hour < enough and gathered.rows >= min_rows):
            break
        gathered.add(hour, hours.files[hour])
    # Hours in which others answered are none of this version's.
    return gathered.window(since=gathered.first or enough, until=until)


def first_day(hours: LogHours, counts: HourlyCounts, *, since: datetime) -> LiveWindow:
    """Return the day that begins with `since`."""
    until = since + timedelta(days=1)
    gathered = _Gathered(counts)
    for hour, files in hours.files.items():
        if since <= hour < until:
            gathered.add(hour, files)
    return gathered.window(since=since, until=until)


@dataclass
class _Gathered:
    counts: HourlyCounts
    rows: int = 0
    first: datetime | None = None
    hours: list[HourCounts] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, hour: datetime, files: Iterable[str]) -> None:
        try:
            counted = self.counts.of(hour, tuple(files))
        except StorageUnavailable as exc:
            if not exc.damaged:
                raise
            # One damaged file must not blind us to all the others.
            self.notes.append(f"the hour from {hour:%Y-%m-%d %H:%M} is left out: {exc.message}")
            return
        self.hours.append(counted)
        self.rows += counted.counts.rows
        if counted.counts.calls:
            self.first = hour if self.first is None else min(self.first, hour)

    def window(self, *, since: datetime, until: datetime) -> LiveWindow:
        known = [hour.counts for hour in self.hours if hour.counts.calls]
        return LiveWindow(
            since=since,
            until=until,
            counts=merged(known) if known else None,
            shares=_shares(self.hours),
            notes=tuple(self.notes),
        )


def _shares(hours: Iterable[HourCounts]) -> tuple[VersionShare, ...]:
    total: dict[int, tuple[int, int]] = {}
    for share in (share for hour in hours for share in hour.shares):
        calls, rows = total.get(share.version, (0, 0))
        total[share.version] = (calls + share.calls, rows + share.rows)
    return tuple(VersionShare(version=v, calls=c, rows=r) for v, (c, r) in sorted(total.items()))
