"""`tideline.ports.LabelledPredictions` on the files of the prediction log and of labels.

The log is read a day at a time, and of what lies outside the period only entities that labels name are kept:
such a label may be of a prediction long before it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tideline.adapters.predictions.label_join import LabelJoin, Period, naive
from tideline.adapters.predictions.lake_files import LakeFiles, explained, paths_of
from tideline.adapters.predictions.log_days import days_of
from tideline.adapters.predictions.session import session
from tideline.domain import keys
from tideline.domain.labels.label_question import LabelQuestion
from tideline.domain.labels.label_span import may_hold
from tideline.domain.monitoring.realised.labelled_rows import LabelledRows
from tideline.domain.monitoring.record import LabelCounts
from tideline.ports import ObjectStore

_MOMENT = timedelta(microseconds=1)
_NAMED_ENTITY = "entity IN (SELECT entity FROM told WHERE entity IS NOT NULL)"
_NAMED_ID = "prediction_id IN (SELECT prediction_id FROM told WHERE prediction_id IS NOT NULL)"


@dataclass(frozen=True)
class DuckDbLabelledPredictions:
    """Attributes are those of `DuckDbPredictionLog`."""

    lake: ObjectStore
    workdir: Callable[[], AbstractContextManager[Path]]
    memory_mb: int

    def labelled(self, question: LabelQuestion) -> tuple[LabelledRows, LabelCounts]:
        with self.workdir() as folder, session(workdir=folder, memory_mb=self.memory_mb) as connection:
            join = LabelJoin(connection, question)
            _Reading(self.lake, folder, join, question).run()
            join.fit()
            return join.rows(), join.counts()


@dataclass(frozen=True)
class _Reading:
    """What of the lake one question needs, brought into the tables of its join."""

    lake: ObjectStore
    folder: Path
    join: LabelJoin
    asked: LabelQuestion

    def run(self) -> None:
        self.join.create_tables()
        self._read_labels()
        self._each_day(self.asked.since, self.asked.until, self._keep_day)
        self._read_after()
        if self.asked.looks_back:
            self._read_before()

    def _read_labels(self) -> None:
        wanted = partial(may_hold, period=self.asked.period, horizon=self.asked.horizon)
        with self._fetched([keys.labels_prefix(self.asked.model)], wanted) as paths:
            if paths:
                self.join.keep_told(f"read_parquet([{paths}], union_by_name = true)")

    def _keep_day(self, source: str, period: Period) -> None:
        self.join.keep_answers(source, period)
        self.join.keep_made(source, period, f"{_NAMED_ENTITY} OR {_NAMED_ID}")

    def _read_after(self) -> None:
        """Read which entities of the period were answered about again before their labels' times."""
        last = self._moment("SELECT max(moment) FROM told WHERE entity IS NOT NULL AND moment >= $until")
        if last is None:
            return
        self.join.connection.execute("CREATE TABLE later AS SELECT DISTINCT entity FROM made")
        later = partial(self.join.keep_made, wanted="entity IN (SELECT entity FROM later)")
        self._each_day(self.asked.until, last + _MOMENT, later)

    def _read_before(self) -> None:
        """Read whether labels without a prediction in the period are of one before it, or orphans.

        Newest days first: most entities are found soon, and no day is read that no label is open for.
        """
        before, until = partial(self.join.keep_made, wanted=_NAMED_ENTITY), self.asked.since
        while (first := self._first_open()) is not None and first - self.asked.horizon < until:
            since = _begin_of_day(until - _MOMENT)
            self._each_day(since, until, before)
            until = since

    def _first_open(self) -> datetime | None:
        return self._moment(
            "SELECT min(moment) FROM told WHERE entity IS NOT NULL AND moment < $until"
            " AND NOT EXISTS (FROM made WHERE made.entity = told.entity AND made.time <= told.moment)"
        )

    def _moment(self, query: str) -> datetime | None:
        until = {"until": naive(self.asked.until)}
        ((found,),) = self.join.connection.execute(query, until).fetchall()
        return None if found is None else found.replace(tzinfo=UTC)

    def _each_day(self, since: datetime, until: datetime, keep: Callable[[str, Period], None]) -> None:
        """Call `keep` with what to select from for each day of a period of the log, and the period."""
        period = {"since": naive(since), "until": naive(until)}
        for prefixes in days_of(self.asked.model, since=since, until=until):
            with self._fetched(prefixes) as paths:
                if paths:
                    keep(f"read_parquet([{paths}])", period)

    @contextmanager
    def _fetched(
        self, prefixes: Sequence[str], wanted: Callable[[str], bool] = lambda _key: True
    ) -> Iterator[str]:
        """Yield the paths of files below prefixes, as DuckDB lists them; they are gone afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = Path(name)
            files = LakeFiles(self.lake, folder, wanted).fetch(prefixes)
            with explained(files, folder=folder):
                yield paths_of(files, folder=folder)


def _begin_of_day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
