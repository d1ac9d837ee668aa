"""Counting a job's rows out of its files: each number of a row exactly once."""

# ruff: noqa: S608 - statements are built of our own names and quoted ones

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tideline.adapters.intake.session import session
from tideline.adapters.intake.sql import literal
from tideline.errors import RowsUnaccounted

_THREADS = 2


class DuckDbRowCounter:
    """`tideline.ports.RowCounter`; a row costs eight bytes, and a number that lies far off costs no more."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute("CREATE TEMP TABLE counted (row BIGINT)")

    def add(self, path: Path) -> int:
        found = self._connection.execute(
            f"INSERT INTO counted SELECT row FROM read_parquet({literal(str(path.resolve()))})"
        ).fetchone()
        return int(found[0]) if found else 0

    def check(self, *, rows: int) -> None:
        found = self._connection.execute(
            f"SELECT count(*), count(DISTINCT row), "
            f"count(*) FILTER (row IS NULL OR row < 1 OR row > {int(rows)}) FROM counted"
        ).fetchone()
        total, distinct, outside = found or (0, 0, 0)
        if (total, distinct, outside) == (rows, rows, 0):
            return
        raise RowsUnaccounted(
            f"the file has {rows:,} rows, the job's files hold {total:,}: {rows - distinct + outside:,} are"
            f" missing, {total - distinct:,} are there twice, {outside:,} are none of the file"
        )


@contextmanager
def row_counter(workdir: Path, *, memory_mb: int) -> Iterator[DuckDbRowCounter]:
    """Give a counter that reads files below `workdir`."""
    with session(workdir=workdir.resolve(), sources=(), memory_mb=memory_mb, threads=_THREADS) as connection:
        yield DuckDbRowCounter(connection)
