"""Ticks at round moments, in UTC."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tideline.page.drawing import Scale

_HOUR = 3_600
_DAY = 24 * _HOUR
_STEPS = (_HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class TimeAxis:
    """Moments onto pixels."""

    scale: Scale

    def at(self, moment: datetime) -> float:
        """Return the pixel of a moment."""
        return self.scale.at(moment.timestamp())

    def ticks(self, *, about: int = 7) -> list[tuple[float, str]]:
        """Return pixels and names of round moments within, at most about so many."""
        span = self.scale.high - self.scale.low
        step = next((step for step in _STEPS if span / step <= about), _DAY * math.ceil(span / about / _DAY))
        first, last = math.ceil(self.scale.low / step), math.floor(self.scale.high / step)
        return [(self.scale.at(place * step), _name(place * step, step)) for place in range(first, last + 1)]


def time_axis(moments: Sequence[datetime], *, start: float, end: float) -> TimeAxis:
    """Return an axis that holds all of at least one moment, with a little room at both ends."""
    low, high = min(moments), max(moments)
    room = (high - low) * 0.03 or timedelta(hours=1)
    return TimeAxis(Scale((low - room).timestamp(), (high + room).timestamp(), start, end))


def _name(seconds: float, step: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    day = f"{moment.day} {_MONTHS[moment.month - 1]}"
    return day if step >= _DAY or moment.hour == 0 else f"{moment:%H:%M}"
