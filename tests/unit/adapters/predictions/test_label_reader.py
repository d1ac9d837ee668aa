from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.fakes.clock import START
from tests.fakes.samples import spec
from tideline.adapters.predictions.label_reader import DuckDbLabelReader
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.labels.canonical_labels import COLUMNS, CanonicalLabels
from tideline.domain.labels.label_span import Span
from tideline.errors import FileRejected
from tideline.serving.prediction_id import prediction_ids

MADE = START - timedelta(days=30)
ID, OTHER = prediction_ids(2, at_ms=int(MADE.timestamp() * 1000), random=bytes(8))
DAY = timedelta(days=1)
TOLD = START.replace(tzinfo=None)


class Desk:
    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0

    def read(
        self,
        content: str | bytes,
        *,
        name: str = "a.csv",
        told_at: datetime = START,
        of: ModelSpec | None = None,
        **fields: Any,
    ) -> CanonicalLabels:
        self._count += 1
        workdir = self._folder / str(self._count)
        workdir.mkdir()
        source = self._folder / f"source{self._count}"
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        read = DuckDbLabelReader(memory_mb=512).read
        return read(source, name=name, spec=of or spec(**fields), told_at=told_at, workdir=workdir)

    def reject(self, content: str | bytes, **arguments: Any) -> FileRejected:
        with pytest.raises(FileRejected) as caught:
            self.read(content, **arguments)
        return caught.value


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def rows(labels: CanonicalLabels) -> list[tuple[Any, ...]]:
    found = duckdb.execute("SELECT * FROM read_parquet($path)", {"path": str(labels.parquet)})
    assert [column[0] for column in found.description] == list(COLUMNS)
    read: list[tuple[Any, ...]] = found.fetchall()
    return read


def naive(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[misc,arg-type]


def reasons(labels: CanonicalLabels) -> dict[int, str]:
    assert labels.rejects is not None
    with labels.rejects.open(encoding="utf-8", newline="") as file:
        return {int(row["_row"]): row["_reasons"] for row in csv.DictReader(file)}


CLASSES: dict[str, Any] = {"task": "binary", "target": "left", "entity": "customer", "time": "asked"}


def test_numbers_by_id_are_read(desk: Desk) -> None:
    labels = desk.read(f"prediction_id,spent\n{ID},1.5\n{OTHER},2\n")

    assert rows(labels) == [(ID, None, 1.5, TOLD, None, None), (OTHER, None, 2.0, TOLD, None, None)]
    assert (labels.rows, labels.bad_rows, labels.by_entity, labels.dated) == (2, 0, 0, False)
    assert labels.made == labels.span == Span(MADE, MADE)


def test_classes_by_entity_are_read_with_their_times(desk: Desk) -> None:
    labels = desk.read(
        "customer,left,asked,labelled_at\nc1,yes,2026-02-01,2026-02-03T00:00:00+01:00\nc2,no,,\n", **CLASSES
    )

    assert rows(labels) == [
        (None, "no", None, TOLD, "c2", None),
        (None, "yes", None, naive(2026, 2, 2, 23), "c1", naive(2026, 2, 1)),
    ]
    assert labels.by_entity == 2
    assert labels.span == labels.as_of == Span(datetime(2026, 2, 1, tzinfo=UTC), START)


def test_where_there_is_an_id_the_entity_is_not_asked(desk: Desk) -> None:
    labels = desk.read(f"prediction_id,customer,left\n{ID},c1,yes\n,c2,no\n", **CLASSES)

    assert [(row[0], row[4]) for row in rows(labels)] == [(ID, None), (None, "c2")]


@pytest.mark.parametrize("spelled", [ID.upper(), f" {ID} "])
def test_an_id_is_the_same_however_a_tool_writes_it(desk: Desk, spelled: str) -> None:
    assert rows(desk.read(f"prediction_id,spent\n{spelled},1\n"))[0][0] == ID


def test_ids_of_another_make_are_kept_and_may_be_of_any_time(desk: Desk) -> None:
    labels = desk.read(f"prediction_id,spent\nOrder 17,1\n{ID},1\n")

    assert rows(labels)[1][0] == "Order 17"
    assert (labels.foreign, labels.span) == (1, None)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{ID},,", "spent: missing"),
        (f"{ID},much,", "spent: not a number"),
        (f"{ID},inf,", "spent: not a finite number"),
        (",1,", "row: names no prediction and no entity"),
        (f"{ID},1,yesterday", "labelled_at: not a time"),
        (f"{ID},1,2026-03-02T12:00:01", "labelled_at: a time in the future"),
    ],
)
def test_bad_rows_are_put_aside_with_their_reasons(desk: Desk, row: str, reason: str) -> None:
    good = f"{OTHER},1,2026-03-02T12:00:00"
    labels = desk.read(f"prediction_id,spent,labelled_at\n{good}\n{row}\n{good}\n")

    assert (labels.rows, labels.bad_rows, labels.faults) == (2, 1, {reason: 1})
    assert reasons(labels) == {2: reason}
    assert len(rows(labels)) == 1
    assert labels.dated


def test_rows_that_cannot_be_taken_apart_are_put_aside_however_many(desk: Desk) -> None:
    labels = desk.read(f"prediction_id,spent\n{ID},1\n{OTHER}\n{OTHER},1,2\nx\n")

    assert (labels.rows, labels.bad_rows) == (1, 3)
    assert reasons(labels) == {2: "row: too few cells", 3: "row: too many cells", 4: "row: too few cells"}


def test_a_file_of_bad_rows_alone_is_refused_and_says_what_a_row_has(desk: Desk) -> None:
    rejected = desk.reject(f"prediction_id,customer,spent\n{ID},,a lot\n,,1\n", entity="customer")

    assert rejected.reason == "too_many_bad_rows"
    assert "none of 2 rows is a label" in rejected.message
    assert "spent: not a number (1 rows, first row 1)" in rejected.message
    assert "A row has prediction_id or customer, and spent" in rejected.message


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"entity": "customer"}, "neither 'prediction_id' nor 'customer'"),
        ({}, "no 'prediction_id'"),
        (
            {"entity": "plan", "features": {"plan": {"type": "category", "private": True}}},
            "'plan' is private, the log holds its hash only",
        ),
    ],
)
def test_a_file_whose_rows_name_nobody_is_refused(desk: Desk, fields: dict[str, Any], told: str) -> None:
    rejected = desk.reject("plan,spent\nx,1\n", **fields)

    assert rejected.reason == "missing_column"
    assert told in rejected.message
    assert "The file has 'plan', 'spent'" in rejected.message


def test_a_file_without_the_target_is_refused(desk: Desk) -> None:
    assert "the target 'spent' is missing" in desk.reject(f"prediction_id,Spent\n{ID},1\n").message


def test_columns_that_nobody_reads_are_told(desk: Desk) -> None:
    assert desk.read(f"prediction_id,age,spent,time\n{ID},3,1,x\n").extra_columns == ("age", "time")


@pytest.mark.parametrize("label", ["true", "false"])
def test_json_lines_are_read_and_spelled_as_training_data_is(desk: Desk, label: str) -> None:
    lines = f'{{"customer": 17, "left": {label}}}\n{{"prediction_id": "{ID}", "left": 1.0}}\n{{"left": 1}}\n'
    labels = desk.read(lines, name="a.jsonl", **CLASSES)

    assert [row[:5] for row in rows(labels)] == [
        (ID, "1", None, TOLD, None),
        (None, label, None, TOLD, "17"),
    ]
    assert reasons(labels) == {3: "row: names no prediction and no entity"}


def test_json_lines_that_name_nobody_are_refused(desk: Desk) -> None:
    assert desk.reject('{"spent": 1}\n', name="a.jsonl").reason == "too_many_bad_rows"


def parquet(query: str, folder: Path) -> bytes:
    path = folder / "made.parquet"
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def test_parquet_is_read_with_its_own_types(desk: Desk, tmp_path: Path) -> None:
    content = parquet(
        f"SELECT '{ID}'::UUID AS prediction_id, true AS \"left\", TIMESTAMPTZ '2026-02-01 00:00:00+01' AS"
        " labelled_at",
        tmp_path,
    )

    assert rows(desk.read(content, name="a.parquet", **CLASSES)) == [
        (ID, "true", None, naive(2026, 1, 31, 23), None, None)
    ]


def test_parquet_of_the_wrong_type_is_refused(desk: Desk, tmp_path: Path) -> None:
    content = parquet(f"SELECT '{ID}' AS prediction_id, true AS spent", tmp_path)

    assert desk.reject(content, name="a.parquet").reason == "wrong_type"


def test_the_same_rows_are_the_same_bytes_and_the_same_content_whenever_they_are_told(desk: Desk) -> None:
    content = f"prediction_id,spent\n{ID},1\n{OTHER},2\n{ID},1\n"
    first, second = desk.read(content), desk.read(content)
    later = desk.read(content, told_at=START + DAY)

    assert first.parquet.read_bytes() == second.parquet.read_bytes() != later.parquet.read_bytes()
    assert first.content == second.content == later.content
    assert (first.rows, len(rows(first))) == (3, 2)


def test_names_that_mean_something_else_in_a_model_are_that(desk: Desk) -> None:
    """A target may be called like a column of ours, and then is the target."""
    labels = desk.read("customer,labelled_at\nc1,1.5\n", target="labelled_at", entity="customer")

    assert rows(labels) == [(None, None, 1.5, TOLD, "c1", None)]
