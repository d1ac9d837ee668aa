"""`tideline.services.training_table.TrainingTable` on DuckDB, in a database file that spills to disk."""

# ruff: noqa: S608 - statements are built of our own names and quoted ones

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from tideline.adapters.preparation.columns import (
    encoded,
    fetch,
    gather_columns,
    profile_category,
    raw_text,
    targets,
    vocabulary,
)
from tideline.adapters.preparation.npz import write_npz
from tideline.adapters.preparation.selection import apply_window, assign_sides, select_keys
from tideline.adapters.preparation.source import Columns, create_source
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding
from tideline.domain.training.holdout import FrozenHoldout, TimeRule
from tideline.domain.training.profile import ColumnProfile, profile_numbers
from tideline.domain.training.time_split import Times
from tideline.domain.training.training_needs import Side, SplitCounts, TargetCounts
from tideline.errors import TrainingImpossible

# The rest is for Python, the arrays that are written (a quarter at most) and what DuckDB does not count.
_DUCKDB_SHARE = 0.4
_TRAINING = f"side < {Side.HOLDOUT:d}"
_HOLDOUT = f"side = {Side.HOLDOUT:d}"


@dataclass(frozen=True)
class DuckDbTrainingTables:
    """`tideline.services.training_table.TrainingTables`; DuckDB takes a share of `memory_mb`."""

    memory_mb: int

    @contextmanager
    def open(
        self,
        files: Mapping[int, Path],
        *,
        spec: ModelSpec,
        holdout: FrozenHoldout,
        horizon_us: int,
        folder: Path,
    ) -> Iterator[DuckDbTrainingTable]:
        settings = {
            "memory_limit": f"{int(self.memory_mb * _DUCKDB_SHARE)}MB",
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        try:
            with duckdb.connect(str(folder / "rows.duckdb"), config=settings) as connection:
                columns = create_source(connection, files, spec=spec, holdout=holdout)
                select_keys(connection, spec=spec, columns=columns, holdout=holdout, horizon_us=horizon_us)
                beyond = _beyond(connection, spec, columns, horizon_us)
                apply_window(connection, spec.training.window)
                yield DuckDbTrainingTable(connection, spec, columns, beyond)
        except duckdb.OutOfMemoryException as exc:
            # Hashing whole rows holds a few texts of every column at once: 600 KB a feature.
            raise TrainingImpossible(
                f"{len(spec.features):,} features need more than {settings['memory_limit']} of memory to"
                " prepare: use fewer, name an `entity` (rows are then told apart by it alone), or set"
                " training.window"
            ) from exc


@dataclass(frozen=True)
class DuckDbTrainingTable:
    """The rows of a data set version.

    Attributes:
        connection: With the view and tables of `source`, `selection` and `columns`.
        spec: Columns and task.
        columns: Where they stand in the view.
        beyond_horizon: Rows left out because they claim to be later than the horizon.
    """

    connection: Any
    spec: ModelSpec
    columns: Columns
    beyond_horizon: int

    def latest_time(self, rule: TimeRule) -> int | None:
        time = self.columns.alias(rule.column, "time")
        return self._value(f"SELECT max({time}) FROM source WHERE batch <= {rule.after_batch}")

    def new_times(self, rule: TimeRule) -> Times:
        beyond = "true" if rule.frontier_us is None else f"t > {rule.frontier_us}"
        return self._times("keys", f"NOT held AND {beyond}")

    def hold_out(self, holdout: FrozenHoldout) -> SplitCounts:
        assign_sides(self.connection, holdout=holdout)
        counted = (
            f"count(*) FILTER ({_TRAINING}), count(*) FILTER ({_HOLDOUT}), count(*) FILTER (side IS NULL)"
        )
        training, held, waiting = self.connection.execute(f"SELECT {counted} FROM sides").fetchone()
        return SplitCounts(training=training, holdout=held, waiting=waiting + self.beyond_horizon)

    def training_times(self) -> Times:
        return self._times("sides", _TRAINING)

    def held_times(self) -> Times:
        return self._times("sides", _HOLDOUT)

    def validate_on(self, *, after_us: int | None) -> None:
        chosen = "validates" if after_us is None else f"t > {after_us}"
        side = f"CASE WHEN {chosen} THEN {Side.VALIDATION:d} ELSE {Side.FIT:d} END"
        self.connection.execute(f"UPDATE sides SET side = {side} WHERE {_TRAINING}")

    def narrow_holdout(self, *, after_us: int | None, most_rows: int) -> None:
        recent = "" if after_us is None else f"AND t > {after_us}"
        kept = f"SELECT pos FROM sides WHERE {_HOLDOUT} {recent} ORDER BY t DESC NULLS LAST, id, pos"
        self.connection.execute(
            f"UPDATE sides SET side = NULL WHERE {_HOLDOUT} AND pos NOT IN ({kept} LIMIT {most_rows})"
        )

    def target_counts(self) -> TargetCounts:
        sides = "FROM sides WHERE side IS NOT NULL GROUP BY ALL"
        rows = {Side(s): n for s, n in self._rows(f"SELECT side, count(*) {sides}")}
        if self.spec.task == "regression":
            spread = self._rows(f"SELECT side, min(y), max(y) {sides}")
            return TargetCounts(rows=rows, labels={}, spread={Side(s): (low, up) for s, low, up in spread})
        labels: dict[Side, dict[str, int]] = {}
        for side, label, number in self._rows(f"SELECT side, y, count(*) {sides}"):
            labels.setdefault(Side(side), {})[label] = number
        return TargetCounts(rows=rows, labels=labels, spread={})

    def gather(self) -> None:
        gather_columns(self.connection)

    def vocabulary(self, feature: str) -> tuple[str, ...]:
        return vocabulary(self.connection, self.columns.alias(feature, "category"))

    def write_training(self, path: Path, encoding: Encoding) -> Mapping[str, ColumnProfile]:
        valid = fetch(self.connection, f"SELECT side = {Side.VALIDATION:d} AS v FROM train")["v"]
        parts = [np.empty((int(part.sum()), len(encoding.features)), np.float32) for part in (~valid, valid)]
        profiles: dict[str, ColumnProfile] = {}
        for index, column in encoded(self.connection, "train", encoding=encoding, columns=self.columns):
            feature = encoding.features[index]
            parts[0][:, index], parts[1][:, index] = column[~valid], column[valid]
            profiles[feature.name] = (
                profile_numbers(column)
                if feature.type == "number"
                else profile_category(self.connection, self.columns.alias(feature.name, "category"))
            )
        y = targets(self.connection, "train", encoding)
        names = ("X_fit", "y_fit", "X_valid", "y_valid")
        write_npz(path, zip(names, (parts[0], y[~valid], parts[1], y[valid]), strict=True))
        return profiles

    def profile_target(self, encoding: Encoding) -> ColumnProfile:
        if encoding.task == "regression":
            return profile_numbers(targets(self.connection, "train", encoding))
        return profile_category(self.connection, "y")

    def write_holdout(self, path: Path, encoding: Encoding) -> int:
        ids = fetch(self.connection, "SELECT id FROM holdout")["id"]
        write_npz(path, self._holdout_arrays(encoding, ids))
        return len(ids)

    def _holdout_arrays(
        self, encoding: Encoding, ids: NDArray[np.uint64]
    ) -> Iterator[tuple[str, NDArray[Any]]]:
        for index, feature in enumerate(encoding.features):
            column = self.columns.alias(feature.name, feature.type)
            if feature.type == "category":
                yield f"f{index}", raw_text(self.connection, "holdout", column)
            else:
                value = f"coalesce({column}, 'nan'::FLOAT)"
                yield f"f{index}", fetch(self.connection, f"SELECT {value} AS v FROM holdout")["v"]
        for index, name in enumerate(self.spec.audit_columns):
            column = self.columns.alias(name, "category")
            yield f"a{index}", raw_text(self.connection, "holdout", column)
        yield "y", targets(self.connection, "holdout", encoding)
        yield "row", ids

    def _times(self, table: str, condition: str) -> Times:
        query = f"SELECT t FROM {table} WHERE t IS NOT NULL AND {condition}"
        times: Times = fetch(self.connection, query)["t"]
        return times

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.connection.execute(query).fetchall()
        return rows

    def _value(self, query: str) -> int | None:
        value: int | None = self.connection.execute(query).fetchone()[0]
        return value


def _beyond(connection: Any, spec: ModelSpec, columns: Columns, horizon_us: int) -> int:
    if spec.time is None:
        return 0
    time = columns.alias(spec.time, "time")
    found: int = connection.execute(f"SELECT count(*) FROM source WHERE {time} > {horizon_us}").fetchone()[0]
    return found
