from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from tests.fakes.capture import MEMORY_MB, call
from tideline.adapters.predictions.merger import DuckDbPredictionMerger
from tideline.adapters.predictions.writer import DuckDbPredictionWriter
from tideline.domain.prediction_log import COLUMNS, LoggedCall


def write(path: Path, *calls: dict[str, Any]) -> str:
    writer = DuckDbPredictionWriter(memory_mb=MEMORY_MB)
    return writer.write([LoggedCall.model_validate(made) for made in calls], path)


def merge(path: Path, *sources: Path) -> str:
    return DuckDbPredictionMerger(memory_mb=MEMORY_MB).merge(sources, path)


def rows(path: Path) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"FROM read_parquet('{path}')").fetchall()


def test_merging_gives_the_file_that_all_rows_would_have_made(tmp_path: Path) -> None:
    calls = [call(n, rows=2) for n in range(6)]
    whole = write(tmp_path / "whole.parquet", *calls)
    write(tmp_path / "a.parquet", *calls[3:])
    write(tmp_path / "b.parquet", *calls[:4])

    name = merge(tmp_path / "ab.parquet", tmp_path / "a.parquet", tmp_path / "b.parquet")

    assert name == whole
    assert rows(tmp_path / "ab.parquet") == rows(tmp_path / "whole.parquet")
    described = duckdb.sql(f"DESCRIBE FROM read_parquet('{tmp_path}/ab.parquet')").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == list(COLUMNS.items())


def test_names_beyond_ascii_are_sorted_as_they_were_when_written(tmp_path: Path) -> None:
    ids = ["Ü", "z", "\U0001f600", "\uffff", "a\0b", ""]
    calls = [call(n, predictions=[{"prediction_id": name, "features": {}}]) for n, name in enumerate(ids)]
    whole = write(tmp_path / "whole.parquet", *calls)

    assert merge(tmp_path / "again.parquet", tmp_path / "whole.parquet") == whole


def test_files_of_other_editions_lose_no_column_and_lack_none(tmp_path: Path) -> None:
    write(tmp_path / "today.parquet", call(1))
    duckdb.sql(
        "COPY (SELECT 'p' AS prediction_id, 1 AS version, TIMESTAMP '2026-03-01' AS time, 7 AS novel)"
        f" TO '{tmp_path}/other.parquet'"
    )

    merge(tmp_path / "both.parquet", tmp_path / "today.parquet", tmp_path / "other.parquet")

    found = duckdb.sql(f"SELECT prediction_id, role, novel FROM read_parquet('{tmp_path}/both.parquet')")
    assert [(role, novel) for _, role, novel in found.fetchall()] == [(None, 7), ("champion", None)]
