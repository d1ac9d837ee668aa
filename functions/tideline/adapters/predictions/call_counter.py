"""`tideline.ports.CallCounter` on the Parquet files of the prediction log: DuckDB reads, NumPy counts."""

# ruff: noqa: S608 - statements are built of our own names, values are parameters

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from tideline.adapters.intake.sql import literal
from tideline.adapters.predictions.lake_files import LakeFiles, table
from tideline.domain import keys
from tideline.domain.monitoring.counting import (
    count_categories,
    count_latencies,
    count_numbers,
    count_scores,
)
from tideline.domain.monitoring.counts import ColumnCounts, NumberCounts, OutputCounts, WindowCounts
from tideline.domain.monitoring.record import VersionShare
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.training.profile import CategoryProfile, NumberProfile
from tideline.ports import ObjectStore

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
            with table(here, folder=folder, memory_mb=self.memory_mb) as (connection, source):
                _keep_first_rows(connection, source)
                counted = _Counted(connection, version=version, reference=reference)
                return counted.window(features), _shares(connection)


@dataclass(frozen=True)
class _Counted:
    connection: Any
    version: int
    reference: MonitoringReference

    def window(self, features: Sequence[str]) -> WindowCounts:
        self.connection.execute(
            "CREATE TABLE answered AS SELECT * FROM answers WHERE version = $1 AND error IS NULL"
            " AND (value IS NOT NULL OR label IS NOT NULL)",
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
            features=dict(self._features(features, rows=rows)),
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

    def _features(self, names: Sequence[str], *, rows: int) -> Iterator[tuple[str, ColumnCounts]]:
        profiles = self.reference.features
        numbers = [name for name in names if isinstance(profiles[name], NumberProfile)]
        at_once = max(1, _CELLS // max(rows, 1))
        counted: dict[str, ColumnCounts] = {}
        for start in range(0, len(numbers), at_once):
            counted |= self._numbers(numbers[start : start + at_once])
        for name in names:
            profile = profiles[name]
            yield (
                name,
                self._category(name, profile) if isinstance(profile, CategoryProfile) else counted[name],
            )

    def _numbers(self, names: Sequence[str]) -> Mapping[str, ColumnCounts]:
        columns = ", ".join(
            f"{_as_float(f'numbers[{literal(name)}]')} AS c{place}" for place, name in enumerate(names)
        )
        found = self.connection.execute(f"SELECT {columns} FROM answered").fetchnumpy()
        profiles = self.reference.features
        return {
            name: count_numbers(_number_profile(profiles[name]), np.ma.getdata(found[f"c{place}"]))
            for place, name in enumerate(names)
        }

    def _category(self, name: str, profile: CategoryProfile) -> ColumnCounts:
        found = self.connection.execute(
            f"SELECT categories[{literal(name)}] AS given, count(*) FROM answered GROUP BY given"
        ).fetchall()
        seen = {value: many for value, many in found if value is not None}
        missing = next((many for value, many in found if value is None), 0)
        return count_categories(profile, seen, missing=missing)

    def _output(self, name: str) -> OutputCounts:
        found = self.connection.execute(
            f"SELECT probabilities[{literal(name)}]::DOUBLE AS score, label = {literal(name)} AS named"
            f" FROM answered WHERE probabilities[{literal(name)}] IS NOT NULL AND label IS NOT NULL"
        ).fetchnumpy()
        return count_scores(np.ma.getdata(found["score"]), np.ma.getdata(found["named"]).astype(np.bool_))

    def _value(self) -> NumberCounts | None:
        if self.reference.value is None:
            return None
        found = self.connection.execute(f"SELECT {_as_float('value')} AS value FROM answered").fetchnumpy()
        return count_numbers(self.reference.value, np.ma.getdata(found["value"]))


def _keep_first_rows(connection: Any, source: str) -> None:
    """Create ``answers``: each row that was meant for a caller, once."""
    connection.execute(
        "CREATE TABLE answers AS SELECT DISTINCT ON (prediction_id, version) version, request_id, numbers,"
        f" categories, value, label, probabilities, latency_ms, error FROM {source}"
        " WHERE role <> 'shadow' ORDER BY time, prediction_id"
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


def _number_profile(profile: object) -> NumberProfile:
    if not isinstance(profile, NumberProfile):
        raise TypeError("not a column of numbers")
    return profile
