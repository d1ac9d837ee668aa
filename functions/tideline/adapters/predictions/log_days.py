"""A period of the prediction log, day by day: so that no more than a day of it lies on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from tideline.domain import keys

_HOUR = timedelta(hours=1)
_HOURS_A_DAY = 24


def days_of(model: str, *, since: datetime, until: datetime) -> Iterator[Sequence[str]]:
    """Yield the lake prefixes of each day with a moment in a half-open period, oldest first.

    A row lies in the hour of its own `time` (`tideline.services.capture_predictions`). A whole day is one
    prefix, so that a long period takes one listing a day.
    """
    hour, end = _floor(since.astimezone(UTC)), until.astimezone(UTC)
    while hour < end:
        day = hour.date()
        hours = []
        while hour < end and hour.date() == day:
            hours.append(hour)
            hour += _HOUR
        if len(hours) == _HOURS_A_DAY:
            yield [keys.predictions_day_prefix(model, hours[0])]
        else:
            yield [keys.predictions_prefix(model, one) for one in hours]


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
