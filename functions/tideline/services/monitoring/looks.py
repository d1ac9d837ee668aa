"""Looks as they are kept in the lake: the record, the page, and a mark once the world was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from tideline.domain import keys
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.look import RECORD_FILE, REPORT_FILE, TOLD_FILE, WINDOW_FILE
from tideline.domain.monitoring.record import MonitoringRecord
from tideline.errors import ObjectMissing
from tideline.ports import ObjectStore

# As many as a page draws, and as belong to a family of tests; more than a day of hourly looks.
HISTORY = 30
# How far back they are looked for: models that are looked at once a day have a curve too.
_DAYS = 30

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
        """Return the newest looks before one.

        Args:
            look: Its name.
            at: When it was asked for, in UTC.
        """
        told, names = set[str](), list[str]()
        for back in range(_DAYS):
            found = self.lake.listed(keys.monitoring_day_prefix(self.model, at - timedelta(days=back)))
            told |= {_look_in(key) for key in found if key.endswith(f"/{TOLD_FILE}")}
            names += [_look_in(key) for key in found if key.endswith(f"/{RECORD_FILE}")]
            if len(names) > HISTORY:
                break
        older = sorted(name for name in names if name < look)[-HISTORY:]
        records = ((name, self.record(name)) for name in older)
        return [(record, name in told) for name, record in records if record is not None]

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


def _look_in(key: str) -> str:
    return key.split("/")[-2]
