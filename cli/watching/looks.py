"""Looks as they lie in the lake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from cli.errors import CliError
from cli.evidence import lake_of
from cli.patience import Patience
from cli.session import Session
from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.domain import keys
from tideline.domain.monitoring.look import RECORD_FILE, REPORT_FILE, WINDOW_FILE, cause_digest, look_name
from tideline.domain.monitoring.record import MonitoringRecord
from tideline.errors import ObjectMissing

_POLL_S = 1.0
_AT_ONCE = 12
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Looks:
    """The looks at one model's live versions.

    Attributes:
        note: Is told of records that cannot be read, which are left out.
    """

    lake: S3ObjectStore
    model: str
    note: Callable[[str], None]

    def newest(self, most: int, *, now: datetime | None = None) -> tuple[MonitoringRecord, ...]:
        """Return the newest looks, oldest first."""
        names = self._names(most, now=now or datetime.now(UTC))[-most:]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(self._record, names))
        return tuple(record for record in found if record is not None)

    def wait(
        self, event_id: str, *, patience: Patience, told: Callable[[str], None], now: datetime | None = None
    ) -> MonitoringRecord:
        """Return the look that an event asked for, once it is there; raises `CliError` where it is late.

        Args:
            event_id: Of the event.
            patience: How long to wait.
            told: Is given what is under way.
            now: When the event was sent.
        """
        sent, deadline = now or datetime.now(UTC), patience.clock() + patience.timeout_s
        while True:
            record = self._caused_by(event_id, sent=sent)
            if record is not None:
                return record
            if patience.clock() >= deadline:
                raise CliError(
                    f"no look after {patience.timeout_s:.0f} seconds; it may still come: `tideline monitor"
                    f" {self.model}` shows it then, `tideline doctor` what may be stuck"
                )
            told(f"Looking at {self.model}")
            patience.sleep(_POLL_S)

    def page(self, record: MonitoringRecord) -> bytes:
        """Return a look's page; raises `CliError` where it is gone."""
        key = self.page_key(record)
        try:
            return self.lake.read(key)
        except ObjectMissing as exc:
            raise CliError(f"{key} is not in the lake: this look has no page") from exc

    def page_key(self, record: MonitoringRecord) -> str:
        """Return the lake key of a look's page."""
        name = look_name(record.at, record.cause)
        return record.report_key or keys.monitoring_key(self.model, name, REPORT_FILE)

    def window_json(self, record: MonitoringRecord) -> bytes | None:
        """Return what was counted in a look's window, None where that is not kept."""
        return self._read(keys.monitoring_key(self.model, look_name(record.at, record.cause), WINDOW_FILE))

    def reference_json(self, record: MonitoringRecord) -> bytes | None:
        """Return what a look's version is held against, None where it has nothing."""
        return self._read(keys.reference_key(self.model, record.version))

    def _names(self, most: int, *, now: datetime) -> Sequence[str]:
        prefix, names = keys.monitoring_prefix(self.model), set[str]()
        # Names begin with their time: this month and the one before nearly always hold enough.
        for month in (f"{now:%Y%m}", f"{now.replace(day=1) - _DAY:%Y%m}", ""):
            names.update(self._listed(prefix + month))
            if len(names) >= most:
                break
        return sorted(names)

    def _caused_by(self, event_id: str, *, sent: datetime) -> MonitoringRecord | None:
        prefix, digest = keys.monitoring_prefix(self.model), cause_digest(event_id)
        for day in (sent - _DAY, sent, sent + _DAY):
            for name in self._listed(f"{prefix}{day:%Y%m%d}"):
                record = self._record(name) if name.endswith(digest) else None
                if record is not None and record.cause == event_id:
                    return record
        return None

    def _listed(self, prefix: str) -> Iterator[str]:
        for key in self.lake.listed(prefix):
            folder, _, file = key.rpartition("/")
            if file == RECORD_FILE:
                yield folder.rpartition("/")[2]

    def _record(self, name: str) -> MonitoringRecord | None:
        content = self._read(keys.monitoring_key(self.model, name, RECORD_FILE))
        if content is None:
            return None
        try:
            return MonitoringRecord.model_validate_json(content)
        except ValidationError:
            self.note(f"the look {name} cannot be read and is left out")
            return None

    def _read(self, key: str) -> bytes | None:
        try:
            return self.lake.read(key)
        except ObjectMissing:
            return None


def looks_at(session: Session, model: str) -> Looks:
    """Return the looks at a model; raises `CliError` for an unknown one."""
    session.registry.spec(model)
    return Looks(lake_of(session), model, session.note)


def newest_look(session: Session, model: str, looks: Sequence[MonitoringRecord]) -> MonitoringRecord:
    """Return the last of some looks; raises `CliError`, saying what to do, where there is none."""
    if looks:
        return looks[-1]
    if session.registry.deployments.load(model) is None:
        raise CliError(f"no version of {model} is live yet, so there is nothing to look at")
    raise CliError(f"nobody has looked at {model} yet; `tideline monitor {model} --now` does")
