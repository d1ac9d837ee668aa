"""A lake, a registry and batches in memory, for trying the preparation of runs."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tideline.adapters.preparation.duckdb_table import DuckDbTrainingTables
from tideline.adapters.preparation.row_sql import identifier
from tideline.domain import keys
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.dataset import Batch
from tideline.domain.training.holdout import HoldoutRecord
from tideline.domain.training.run import Prepared, RunOrder
from tideline.errors import ObjectMissing, RegistryConflict
from tideline.services.prepare_data import PrepareData

MODEL = "ebb"
START = datetime(2026, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


class MemoryLake:
    """An object store in a dict; `written` tells what was put, in order."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.written: list[str] = []

    def read(self, key: str, *, version_id: str | None = None) -> bytes:
        if key not in self.objects:
            raise ObjectMissing(key)
        return self.objects[key]

    def download(self, key: str, path: Path, *, version_id: str | None = None) -> None:
        path.write_bytes(self.read(key))

    def write(self, key: str, content: bytes) -> None:
        self.objects[key] = content
        self.written.append(key)

    def upload(self, path: Path, key: str) -> None:
        self.write(key, path.read_bytes())


class MemoryHoldouts:
    """The chains of holdouts in lists; `records` is that of the bench's model."""

    def __init__(self) -> None:
        self._chains: dict[str, list[HoldoutRecord]] = {}

    @property
    def records(self) -> list[HoldoutRecord]:
        return self._chains.get(MODEL, [])

    def of_work(self, model: str, *, dataset_version: int, spec_version: int) -> HoldoutRecord | None:
        work, chain = (dataset_version, spec_version), self._chains.get(model, [])
        return next((r for r in chain if (r.dataset_version, r.spec_version) == work), None)

    def latest(self, model: str) -> HoldoutRecord | None:
        return (self._chains.get(model) or [None])[-1]

    def append(self, model: str, record: HoldoutRecord) -> None:
        taken = self.of_work(model, dataset_version=record.dataset_version, spec_version=record.spec_version)
        if taken is not None or record.number != len(self._chains.get(model, [])) + 1:
            raise RegistryConflict("another writer was first")
        self._chains.setdefault(model, []).append(record)


class Bench:
    """One model: drop batches, apply specs, prepare, and look at what came out."""

    def __init__(
        self, folder: Path, *, room_bytes: int = 10**9, disk_bytes: int = 10**9, memory_mb: int = 2_000
    ) -> None:
        self.lake, self.holdouts = MemoryLake(), MemoryHoldouts()
        self.dropped: list[Batch] = []
        self.specs: list[ModelSpec] = []
        self._folder = folder
        self.prepare = PrepareData(
            lake=self.lake,  # type: ignore[arg-type]
            specs=self,  # type: ignore[arg-type]
            datasets=self,  # type: ignore[arg-type]
            holdouts=self.holdouts,
            tables=DuckDbTrainingTables(memory_mb=memory_mb),
            workdir=self._workdir,
            room_bytes=room_bytes,
            disk_bytes=lambda: disk_bytes,
        )

    def load(self, model: str, version: int) -> ModelSpec:
        return self.specs[version - 1]

    def batches(self, model: str) -> Sequence[Batch]:
        return self.dropped

    def apply(self, **fields: Any) -> None:
        """Make this the newest spec."""
        self.specs.append(ModelSpec.model_validate({"model": MODEL, "target": "y", **fields}))

    def drop(self, rows: Sequence[Row] | Path, *, days: float = 0, supersedes: tuple[int, ...] = ()) -> None:
        """Accept rows, or a Parquet file, as the next batch, `days` after the start."""
        number = len(self.dropped) + 1
        content = rows.read_bytes() if isinstance(rows, Path) else self._parquet(rows)
        self.lake.objects[keys.dataset_key(MODEL, f"{number:064d}")] = content
        self.dropped.append(
            Batch(
                model=MODEL,
                number=number,
                sha256=f"{number:064d}",
                source_sha256="",
                schema_sha256="",
                spec_version=1,
                object_key="",
                object_version="",
                format="csv",
                rows=0,
                bad_rows=0,
                size_bytes=len(content),
                accepted_at=START + timedelta(days=days),
                supersedes=supersedes,
            )
        )

    def order(self, *, dataset: int | None = None, spec: int | None = None, attempt: int = 1) -> RunOrder:
        dataset, spec = dataset or len(self.dropped), spec or len(self.specs)
        run_id = f"{MODEL}-d{dataset}-s{spec}-a{attempt}"
        return RunOrder(model=MODEL, run_id=run_id, dataset_version=dataset, spec_version=spec, seed=7)

    def run(self, **of: Any) -> tuple[RunOrder, Prepared]:
        order = self.order(**of)
        return order, self.prepare(order)

    def arrays(self, order: RunOrder, name: str) -> dict[str, NDArray[Any]]:
        content = self.lake.read(keys.run_key(MODEL, order.run_id, name))
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return dict(file)

    def outputs(self, order: RunOrder) -> dict[str, bytes]:
        prefix = keys.run_key(MODEL, order.run_id, "")
        return {
            key.removeprefix(prefix): content
            for key, content in self.lake.objects.items()
            if key.startswith(prefix)
        }

    @contextmanager
    def _workdir(self) -> Iterator[Path]:
        folder = self._folder / f"work{len(list(self._folder.iterdir()))}"
        folder.mkdir()
        yield folder

    def _parquet(self, rows: Sequence[Row]) -> bytes:
        path = self._folder / f"batch{len(self.dropped)}.parquet"
        frame = pd.DataFrame(rows)
        typed = ", ".join(f"CAST({identifier(n)} AS {_column(n, rows)}) AS {identifier(n)}" for n in frame)
        with duckdb.connect() as connection:
            connection.register("frame", frame)
            connection.execute(f"COPY (SELECT {typed} FROM frame) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def _column(name: str, rows: Sequence[Row]) -> str:
    value = next((row[name] for row in rows if row[name] is not None), None)
    return {str: "VARCHAR", datetime: "TIMESTAMP"}.get(type(value), "DOUBLE")


def training_ids(arrays: dict[str, NDArray[Any]], column: int = 0) -> set[float]:
    """Return the values of one feature over all training rows."""
    return {float(v) for part in ("X_fit", "X_valid") for v in arrays[part][:, column]}


def holdout_ids(arrays: dict[str, NDArray[Any]], column: int = 0) -> set[float]:
    """Return the values of one feature over the holdout rows."""
    return {float(v) for v in arrays[f"f{column}"]}
