"""Parquet files as `capture_predictions` writes them, and labels as `ingest_labels` does."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.fakes.clock import START
from tideline.domain.labels.canonical_labels import COLUMNS as LABEL_COLUMNS
from tideline.domain.prediction_log import COLUMNS

RELEASE = "churn-v2-0a1b2c3d0000"


def row(number: int, version: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a row of the log: one call a second from the start on, each of one instance."""
    base: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "prediction_id": f"p{number:06d}",
        "time": (START + timedelta(seconds=number)).replace(tzinfo=None),
        "version": version,
        "role": "champion" if version == 1 else "challenger",
        "generation": 2,
        "release_id": RELEASE,
        "step": 1,
        "request_id": f"r{number:06d}",
        "position": 0,
        "value": float(number),
        "latency_ms": 10.0,
    }
    return base | fields


def label_row(prediction_id: str | None, *, at: datetime = START, **fields: Any) -> dict[str, Any]:
    """Return a row of the labels."""
    base: dict[str, Any] = dict.fromkeys(LABEL_COLUMNS)
    return base | {"prediction_id": prediction_id, "time": at.replace(tzinfo=None)} | fields


def log_parquet(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows of the log as a file."""
    return _parquet(rows, COLUMNS)


def label_parquet(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows of the labels as a file."""
    return _parquet(rows, LABEL_COLUMNS)


def _parquet(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "rows.parquet"
        connection.execute(f"CREATE TABLE rows ({', '.join(f'{n} {t}' for n, t in columns.items())})")
        # A dict would be taken for a STRUCT.
        values = [
            [duckdb_map(value) if isinstance(value, dict) else value for value in one.values()]
            for one in rows
        ]
        places = ", ".join(
            f"map_from_entries(?::STRUCT(k VARCHAR, v {_inner(kind)})[])" if kind.startswith("MAP") else "?"
            for kind in columns.values()
        )
        connection.executemany(f"INSERT INTO rows VALUES ({places})", values)
        connection.execute(f"COPY rows TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def duckdb_map(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a mapping as the entries that DuckDB makes a MAP of."""
    return [{"k": key, "v": what} for key, what in value.items()]


def _inner(kind: str) -> str:
    return kind.removeprefix("MAP(VARCHAR, ").removesuffix(")")
