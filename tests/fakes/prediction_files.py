"""Parquet files as `capture_predictions` writes them, and labels as `ingest_labels` does."""

from __future__ import annotations

import json
import math
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
    """Write rows as lines of typed JSON first: row by row into a table took a hundred times as long."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        lines, path = Path(folder) / "rows.jsonl", Path(folder) / "rows.parquet"
        lines.write_text("".join(json.dumps(_plain(row)) + "\n" for row in rows), encoding="utf-8")
        kinds = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
        source = f"read_json('{lines}', format = 'newline_delimited', columns = {{{kinds}}})"
        connection.execute(f"COPY (SELECT * FROM {source}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def _plain(value: Any) -> Any:
    """Return a value as typed JSON has it: what JSON has no word for is text."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
