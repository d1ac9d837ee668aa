"""Looks as they are kept in the lake: the record, the page, and a mark once the world was told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from tideline.domain import keys
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.look import RECORD_FILE, REPORT_FILE, TOLD_FILE, WINDOW_FILE
from tideline.domain.monitoring.record import MonitoringRecord
from tideline.errors import ObjectMissing
from tideline.ports import ObjectStore

# The newest, as a page draws them: a day of hourly looks. Of days before, one each.
HISTORY = 24
_DAYS = 14
# Within so many days a drift that was told is not told again.
_TOLD_DAYS = 2
# So many are looked into for one that makes another needless.
_NEWEST = 3

# Looks, oldest first, each with whether it was told.
Before = Sequence[tuple[MonitoringRecord, bool]]


@dataclass(frozen=True)
class Looks:
    """The looks at one model."""

    lake: ObjectStore
    model: str

    def record(self, look: str) -> MonitoringRecord | None:
        """Return a look's record; None where there is none, or none that can be read."""
        try:
            return MonitoringRecord.model_validate_json(self.lake.read(self.key(look, RECORD_FILE)))
        except (ObjectMissing, ValidationError):
            return None

    def before(self, look: str, *, at: datetime) -> Before:
        """Return the newest looks before one, the last of each day before, and those that were told of late.

        Args:
            look: Its name.
            at: When it was asked for, in UTC.
        """
        told, newest, wanted = set[str](), list[str](), set[str]()
        for back in range(_DAYS):
            found = self.lake.listed(keys.monitoring_day_prefix(self.model, at - timedelta(days=back)))
            of_day = sorted(name for name in _with(RECORD_FILE, found) if name < look)
            told_of_day = _with(TOLD_FILE, found) & set(of_day)
            told |= told_of_day
            newest = [*of_day, *newest]
            wanted |= set(of_day[-1:]) | (told_of_day if back < _TOLD_DAYS else set())
        names = sorted(wanted | set(newest[-HISTORY:]))
        records = ((name, self.record(name)) for name in names)
        return [(record, name in told) for name, record in records if record is not None]

    def begun_after(self, moment: datetime) -> MonitoringRecord | None:
        """Return one of the newest looks of a moment's day that was begun after the whole second it lies in.

        EventBridge tells the time of an event in whole seconds.
        """
        end = moment.replace(microsecond=0) + timedelta(seconds=1)
        found = self.lake.listed(keys.monitoring_day_prefix(self.model, moment))
        newest = sorted(_with(RECORD_FILE, found))[-_NEWEST:]
        records = (self.record(name) for name in reversed(newest))
        return next((one for one in records if one and one.made_at and one.made_at >= end), None)

    def keep(self, look: str, record: MonitoringRecord, *, page: bytes, window: WindowCounts | None) -> None:
        """Put page, counts and record; the record last: it stands for the whole."""
        self.lake.write(self.key(look, REPORT_FILE), page)
        if window is not None:
            self.lake.write(self.key(look, WINDOW_FILE), window.model_dump_json().encode())
        self.lake.write(self.key(look, RECORD_FILE), record.model_dump_json(indent=2).encode())

    def was_told(self, look: str) -> bool:
        """Tell whether the world has heard of a look."""
        return self.lake.holds_any(self.key(look, TOLD_FILE))

    def mark_told(self, look: str) -> None:
        """Remember that the world has heard of a look."""
        self.lake.write(self.key(look, TOLD_FILE), b"{}")

    def key(self, look: str, name: str) -> str:
        """Return the lake key of something that a look made."""
        return keys.monitoring_key(self.model, look, name)


def _with(file: str, found: Iterable[str]) -> set[str]:
    """Return the looks that have a file, by the keys of all their files."""
    return {key.split("/")[-2] for key in found if key.endswith(f"/{file}")}
