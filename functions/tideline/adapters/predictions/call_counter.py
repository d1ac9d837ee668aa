"""`tideline.ports.CallCounter` on the Parquet files of the prediction log: DuckDB reads, NumPy counts."""

# ruff: noqa: S608 - statements are built of our own names, values are parameters

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tideline.adapters.intake.sql import literal
from tideline.adapters.predictions.lake_files import LakeFiles, table
from tideline.domain import keys
from tideline.domain.monitoring.counting.columns import (
    count_categories,
    count_latencies,
    count_numbers,
    count_scores,
)
from tideline.domain.monitoring.counting.counts import ColumnCounts, NumberCounts, OutputCounts, WindowCounts
from tideline.domain.monitoring.record import VersionShare
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.training.profile import CategoryProfile, NumberProfile
from tideline.ports import ObjectStore

T = TypeVar("T")
# Cells fetched at a time, 4 bytes each in NumPy and some more on the way.
_CELLS = 20_000_000
_NAN = "'nan'::FLOAT"
# Models are asked in 32 bits; a number beyond them is as far out as one can be.
_INFINITE = "'inf'::FLOAT"


@dataclass(frozen=True)
class DuckDbCallCounter:
    """Attributes are those of `DuckDbPredictionLog`."""

    lake: ObjectStore
    workdir: Callable[[], AbstractContextManager[Path]]
    memory_mb: int

    def count(
        self, hour: datetime, *, version: int, reference: MonitoringReference, features: Sequence[str]
    ) -> tuple[WindowCounts, tuple[VersionShare, ...]]:
        with self.workdir() as folder:
            here = LakeFiles(self.lake, folder).fetch([keys.predictions_prefix(reference.model, hour)])
            if not here:
                return WindowCounts(model=reference.model, version=version), ()
            with table(here, folder=folder, memory_mb=self.memory_mb, numbered=True) as (connection, source):
                _keep_first_rows(connection, source)
                counted = _Counted(connection, source, version=version, reference=reference)
                return counted.window(features), _shares(connection)


@dataclass(frozen=True)
class _Counted:
    connection: Any
    source: str
    version: int
    reference: MonitoringReference

    def window(self, features: Sequence[str]) -> WindowCounts:
        self.connection.execute(
            "CREATE TABLE answered AS SELECT filename, file_row_number FROM answers"
            " WHERE version = $1 AND error IS NULL AND is_answer",
            [self.version],
        )
        rows = self.connection.execute("SELECT count(*) FROM answered").fetchone()[0]
        calls, failed, latency = self._calls()
        return WindowCounts(
            model=self.reference.model,
            version=self.version,
            rows=rows,
            calls=calls,
            failed=failed,
            features=self._features(features, rows=rows),
            outputs={name: self._output(name) for name in self.reference.outputs},
            value=self._value(),
            latency=latency,
        )

    def _calls(self) -> tuple[int, int, tuple[int, ...]]:
        found = self.connection.execute(
            "SELECT bool_or(error IS NOT NULL) AS failed, max(latency_ms) AS latency_ms FROM answers"
            " WHERE version = $1 GROUP BY request_id",
            [self.version],
        ).fetchnumpy()
        failed = np.ma.getdata(found["failed"]).astype(np.bool_)
        latency = np.ma.filled(found["latency_ms"].astype(np.float64), np.nan)
        return len(failed), int(failed.sum()), count_latencies(latency[~np.isnan(latency)])

    def _features(self, names: Sequence[str], *, rows: int) -> dict[str, ColumnCounts]:
        profiles = self.reference.features
        numbers = {name: p for name in names if isinstance(p := profiles[name], NumberProfile)}
        categories = {name: p for name in names if isinstance(p := profiles[name], CategoryProfile)}
        at_once = max(1, _CELLS // max(rows, 1))
        counted: dict[str, ColumnCounts] = {}
        for some in _batched(numbers.items(), at_once):
            counted |= self._numbers(dict(some))
        for more in _batched(categories.items(), at_once):
            counted |= self._categories(dict(more))
        return {name: counted[name] for name in names}

    def _numbers(self, profiles: Mapping[str, NumberProfile]) -> Mapping[str, ColumnCounts]:
        columns = ", ".join(
            f"{_as_float(f'numbers[{literal(name)}]')} AS c{place}" for place, name in enumerate(profiles)
        )
        found = self._select(columns).fetchnumpy()
        return {
            name: count_numbers(profile, np.ma.getdata(found[f"c{place}"]))
            for place, (name, profile) in enumerate(profiles.items())
        }

    def _categories(self, profiles: Mapping[str, CategoryProfile]) -> Mapping[str, ColumnCounts]:
        columns = ", ".join(f"categories[{literal(name)}] AS c{place}" for place, name in enumerate(profiles))
        self.connection.execute(f"CREATE OR REPLACE TABLE texts AS {self._selected(columns)}")
        return {
            name: self._category(f"c{place}", profile)
            for place, (name, profile) in enumerate(profiles.items())
        }

    def _category(self, column: str, profile: CategoryProfile) -> ColumnCounts:
        found = self.connection.execute(f"SELECT {column}, count(*) FROM texts GROUP BY {column}").fetchall()
        seen = {value: many for value, many in found if value is not None}
        missing = next((many for value, many in found if value is None), 0)
        return count_categories(profile, seen, missing=missing)

    def _output(self, name: str) -> OutputCounts:
        score = f"probabilities[{literal(name)}]::DOUBLE"
        found = self._select(
            f"coalesce({score}, 'nan'::DOUBLE) AS score, coalesce(label, '') = {literal(name)} AS named"
        ).fetchnumpy()
        scores = np.ma.getdata(found["score"])
        known = ~np.isnan(scores)
        return count_scores(scores[known], np.ma.getdata(found["named"]).astype(np.bool_)[known])

    def _value(self) -> NumberCounts | None:
        if self.reference.value is None:
            return None
        found = self._select(f"{_as_float('value')} AS answer").fetchnumpy()
        return count_numbers(self.reference.value, np.ma.getdata(found["answer"]))

    def _select(self, columns: str) -> Any:
        return self.connection.execute(self._selected(columns))

    def _selected(self, columns: str) -> str:
        """Return the query for something of every answered row, once."""
        return f"SELECT {columns} FROM {self.source} SEMI JOIN answered USING (filename, file_row_number)"


def _keep_first_rows(connection: Any, source: str) -> None:
    """Create ``answers``: where each row lies that was meant for a caller, once.

    Only narrow columns are sorted: for 200,000 rows of 30 features it took 9.4 s with the features among
    them, and takes 0.3 s without.
    """
    connection.execute(
        "CREATE TABLE answers AS SELECT DISTINCT ON (prediction_id, version) filename, file_row_number,"
        " version, request_id, latency_ms, error, value IS NOT NULL OR label IS NOT NULL AS is_answer"
        f" FROM {source} WHERE role <> 'shadow' ORDER BY time, prediction_id, filename, file_row_number"
    )


def _as_float(what: str) -> str:
    """Return a number in 32 bits: NaN for none, infinite where it is beyond them."""
    beyond = f"CASE WHEN {what} IS NULL THEN {_NAN} ELSE sign({what}) * {_INFINITE} END"
    return f"coalesce(TRY_CAST({what} AS FLOAT), {beyond})"


def _shares(connection: Any) -> tuple[VersionShare, ...]:
    found = connection.execute(
        "SELECT version, count(DISTINCT request_id), count(*) FILTER (error IS NULL) FROM answers"
        " GROUP BY version ORDER BY version"
    ).fetchall()
    return tuple(VersionShare(version=version, calls=calls, rows=rows) for version, calls, rows in found)


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    given = iter(items)
    while some := list(islice(given, size)):
        yield some
