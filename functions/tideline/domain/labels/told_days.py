"""Which days labels may be about, and of which hours of the log what is said of each depends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tideline.domain.labels.label_span import Span, may_hold, moments_in, names_entities

_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class ToldDay:
    """A day with predictions that labels may be about.

    Attributes:
        since: Its begin, in UTC.
        files: Keys of the files of labels, sorted.
        last: Until when an answer may take a label: the end of the day, or later where labels name entities.
    """

    since: datetime
    files: tuple[str, ...]
    last: datetime

    @property
    def until(self) -> datetime:
        """The first moment after it."""
        return self.since + _DAY

    @property
    def answered(self) -> Iterator[datetime]:
        """Yield the begin of each day, from this one, of whose answers the day's labels may be."""
        return (self.since + after * _DAY for after in range((self.last - self.since) // _DAY + 1))


def told_days(files: Sequence[str], *, at: datetime, horizon: timedelta) -> list[ToldDay]:
    """Return the days of the horizon before a moment that files of labels may be about, oldest first.

    Args:
        files: Keys of files of labels.
        at: A moment of the last of the days.
        horizon: How long after a prediction its outcome may come; a day more is looked at.
    """
    first = _begin(at - horizon - _DAY)
    days = (first + after * _DAY for after in range((at - first) // _DAY + 1))
    return [told for day in days if (told := _told(day, files, at=at, horizon=horizon)).files]


def _told(day: datetime, files: Sequence[str], *, at: datetime, horizon: timedelta) -> ToldDay:
    period = Span(day, day + _DAY - _MOMENT)
    about = tuple(sorted(key for key in files if may_hold(key, period=period, horizon=horizon)))
    spans = [moments_in(key) for key in about if names_entities(key)]
    latest = max((span.last if span else at for span in spans), default=period.last)
    return ToldDay(day, about, max(period.last, min(latest, period.last + horizon, at)))


def _begin(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
