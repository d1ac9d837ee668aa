"""From a stranger's bytes to a table that can be asked, within the limits: for training and for scoring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tideline.adapters.intake.csv_table import open_csv
from tideline.adapters.intake.formats import SNIFFED_BYTES, Layout, check_name, sniff_layout
from tideline.adapters.intake.jsonl_table import open_json_lines
from tideline.adapters.intake.limits import SizeLimit
from tideline.adapters.intake.parquet_table import open_parquet
from tideline.adapters.intake.session import session
from tideline.adapters.intake.table import Table
from tideline.adapters.intake.unpacking import unpack
from tideline.adapters.intake.wanted import Wanted
from tideline.domain.intake.canonical_file import RejectReason
from tideline.errors import FileRejected


@contextmanager
def opened(
    source: Path,
    *,
    name: str,
    wanted: Wanted,
    workdir: Path,
    limit: SizeLimit,
    memory_mb: int,
    threads: int,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Table, str]]:
    """Yield a connection that reads the file, the file as a table, and how its format is called.

    Raises:
        FileRejected: the file as a whole cannot be used; reason and message say why.
    """
    if source.stat().st_size == 0:
        raise FileRejected(RejectReason.EMPTY, "the file is empty")
    plain, packing = unpack(source.resolve(), workdir=workdir, limit=limit)
    with plain.open("rb") as file:
        layout = sniff_layout(file.read(SNIFFED_BYTES))
    check_name(name, layout)
    with session(workdir=workdir, sources=(plain,), memory_mb=memory_mb, threads=threads) as connection:
        table = _open(layout, plain, wanted=wanted, workdir=workdir, connection=connection, limit=limit)
        yield connection, table, ".".join(part for part in (layout, packing) if part)


def _open(
    layout: Layout,
    path: Path,
    *,
    wanted: Wanted,
    workdir: Path,
    connection: duckdb.DuckDBPyConnection,
    limit: SizeLimit,
) -> Table:
    if layout is Layout.PARQUET:
        return open_parquet(path, wanted=wanted, connection=connection, limit=limit)
    if layout is Layout.JSON_LINES:
        return open_json_lines(path, wanted=wanted, workdir=workdir, connection=connection)
    return open_csv(path, wanted=wanted, workdir=workdir)
