from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.capture import MEMORY_MB, NOON, call, prediction_id
from tideline.adapters.predictions.writer import DuckDbPredictionWriter
from tideline.domain.prediction_log import COLUMNS, LoggedCall


def write(path: Path, *calls: dict[str, Any]) -> str:
    writer = DuckDbPredictionWriter(memory_mb=MEMORY_MB)
    return writer.write([LoggedCall.model_validate(made) for made in calls], path)


def read(path: Path) -> list[dict[str, Any]]:
    found = duckdb.sql(f"FROM read_parquet('{path}')")
    return [dict(zip(COLUMNS, row, strict=True)) for row in found.fetchall()]


def test_a_file_has_the_tables_columns_in_order_compressed_with_zstd(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", call(1))

    described = duckdb.sql(f"DESCRIBE FROM read_parquet('{tmp_path}/x.parquet')").fetchall()
    assert {name: kind for name, kind, *_ in described} == COLUMNS
    assert [name for name, *_ in described] == list(COLUMNS)
    codecs = duckdb.sql(f"SELECT DISTINCT compression FROM parquet_metadata('{tmp_path}/x.parquet')")
    assert codecs.fetchall() == [("ZSTD",)]


def test_a_row_says_what_the_line_said(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", call(8, key="k", release_id="rel", step=2, instead_of=3))

    (row,) = read(tmp_path / "x.parquet")
    assert row == {
        "prediction_id": prediction_id(8),
        "time": datetime.fromtimestamp(NOON.timestamp() + 0.008, UTC).replace(tzinfo=None),
        "version": 1,
        "role": "champion",
        "generation": 1,
        "release_id": "rel",
        "step": 2,
        "request_id": "r8",
        "position": 0,
        "caller": "k",
        "entity": "e8",
        "numbers": {"age": 8.0},
        "categories": {"plan": "plan-8", "old": "true"},
        "value": None,
        "label": "yes",
        "probabilities": {"no": 0.25, "yes": 0.75},
        "latency_ms": 1.5,
        "error": None,
        "instead_of": 3,
    }


def test_a_failed_call_is_a_row_of_nulls_with_its_error(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", call(1, predictions=[], error="NaN"))

    (row,) = read(tmp_path / "x.parquet")
    assert (row["prediction_id"], row["error"], row["latency_ms"]) == ("r1/1", "NaN", 1.5)
    empty = {"position", "caller", "entity", "numbers", "categories", "value", "label", "probabilities"}
    assert all(row[name] is None for name in empty)


def test_rows_are_sorted_by_time_each_once(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", call(3), call(1), call(3), call(2, rows=2))

    assert [row["request_id"] for row in read(tmp_path / "x.parquet")] == ["r1", "r2", "r2", "r3"]


def test_a_shadows_row_stands_beside_the_champions(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", call(1), call(1, version=2, role="shadow"))

    assert [(row["role"], row["version"]) for row in read(tmp_path / "x.parquet")] == [
        ("champion", 1),
        ("shadow", 2),
    ]


def test_the_name_depends_on_the_rows_only(tmp_path: Path) -> None:
    one = write(tmp_path / "1.parquet", call(1), call(2))

    assert write(tmp_path / "2.parquet", call(2), call(1), call(1)) == one
    assert write(tmp_path / "3.parquet", call(2)) != one


def test_a_long_line_is_read(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", call(1, key="k" * 3_000_000))

    assert len(read(tmp_path / "x.parquet")[0]["caller"]) == 3_000_000


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
            max_leaves=4,
        ),
        max_size=6,
    ),
    st.text(max_size=8),
)
def test_whatever_features_hold_a_file_is_written(
    tmp_path: Path, features: dict[str, Any], text: str
) -> None:
    asked = {"prediction_id": "p", "features": features, "value": text, "probabilities": {text: 0.5}}
    write(tmp_path / "x.parquet", call(1, predictions=[asked], key=text, error=text))

    (row,) = read(tmp_path / "x.parquet")
    assert (row["caller"], row["error"], row["label"]) == (text, text, text)
    present = {name for name, value in features.items() if value is not None}
    assert row["numbers"].keys() | row["categories"].keys() == present
    texts = {name: value for name, value in features.items() if isinstance(value, str)}
    assert texts.items() <= row["categories"].items()
