"""Which hours of the prediction log there are, and of which files each is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tideline.domain import keys
from tideline.domain.monitoring.counting.hour import hour_in_key
from tideline.ports import ObjectStore

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LogHours:
    """The hours of some days, by their begin in UTC; each with the names of its files, sorted."""

    files: Mapping[datetime, tuple[str, ...]]

    @classmethod
    def listed(cls, lake: ObjectStore, model: str, *, since: datetime, until: datetime) -> LogHours:
        """List whole days from `since` to `until`, both inclusive: one call a day."""
        back = range((until.date() - since.date()).days, -1, -1)
        return cls.of_days(lake, model, (until - days * _DAY for days in back))

    @classmethod
    def of_days(cls, lake: ObjectStore, model: str, days: Iterable[datetime]) -> LogHours:
        """List some days, each told by any of its moments in UTC: one call a day."""
        hours: dict[datetime, list[str]] = {}
        for day in days:
            for key in lake.listed(keys.predictions_day_prefix(model, day)):
                hours.setdefault(hour_in_key(key), []).append(key.rpartition("/")[2])
        return cls({hour: tuple(sorted(names)) for hour, names in hours.items()})

    def newest_first(self) -> Sequence[datetime]:
        """Return the hours that hold files."""
        return sorted(self.files, reverse=True)
