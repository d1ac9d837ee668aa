"""Counting rows: each number exactly once."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tideline.adapters.batch.row_counter import row_counter
from tideline.errors import RowsUnaccounted


def counted(folder: Path, *files: list[int], rows: int) -> list[int]:
    with row_counter(folder, memory_mb=1024) as counter:
        sizes = []
        for number, numbers in enumerate(files):
            path = folder / f"{number}.parquet"
            duckdb.sql(f"COPY (SELECT unnest({numbers}::BIGINT[]) AS row) TO '{path}' (FORMAT parquet)")
            sizes.append(counter.add(path))
        counter.check(rows=rows)
    return sizes


def test_rows_in_any_order_over_any_files_are_accounted_for(tmp_path: Path) -> None:
    assert counted(tmp_path, [4, 2], [], [1, 3, 5], rows=5) == [2, 0, 3]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([[1, 2, 4]], "1 are missing"),
        ([[1, 2, 3], [3, 4]], "1 are there twice"),
        ([[1, 2, 3, 5]], "1 are none of the file"),
        ([[]], "4 are missing"),
    ],
)
def test_a_row_too_few_or_too_many_is_found(tmp_path: Path, files: list[list[int]], message: str) -> None:
    with pytest.raises(RowsUnaccounted, match=message):
        counted(tmp_path, *files, rows=4)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=8))
def test_only_the_numbers_of_the_file_pass(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    if sorted(numbers) == [1, 2, 3, 4]:
        counted(folder, numbers, rows=4)
        return
    with pytest.raises(RowsUnaccounted):
        counted(folder, numbers, rows=4)
