"""Opening Parquet: its types are known, so a column of the wrong one is told at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from tideline.adapters.intake.cells import epoch, in_range, spell_number, text_cell
from tideline.adapters.intake.columns import check_names, check_present, extras
from tideline.adapters.intake.limits import PARQUET_RATIO_FLOOR_BYTES, SizeLimit, check_ratio
from tideline.adapters.intake.sql import identifier, literal
from tideline.adapters.intake.table import ABSENT, Cell, Table
from tideline.adapters.intake.wanted import Kind, Wanted
from tideline.domain.intake.canonical_file import RejectReason, RowFault
from tideline.errors import FileRejected

_MAGIC = b"PAR1"
_NUMBER_BYTES = 8
_INTEGERS = frozenset(
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
)
_REALS = frozenset(("FLOAT", "DOUBLE"))
_MOMENTS = frozenset(
    ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
)
_TEXTS = frozenset(("VARCHAR", "UUID"))


def open_parquet(
    path: Path, *, wanted: Wanted, connection: duckdb.DuckDBPyConnection, limit: SizeLimit
) -> Table:
    """Return a Parquet file as a table.

    Raises:
        FileRejected: truncated, damaged, unfit columns, or more content than is read from one file.
    """
    _check_end(path)
    names = _names(connection, path)
    check_names(names)
    check_present(names, wanted.demanded, wanted)
    columns = [f"c{place}" for place in range(len(names))]
    relation = f"read_parquet({literal(str(path))}) AS source({', '.join(columns)})"
    types = _types(connection, relation)
    places = {name: names.index(name) for name in wanted.columns if name in names}
    cells = dict.fromkeys(wanted.columns, ABSENT) | {
        name: _cell(name, columns[at], types[at], wanted.kinds[name]) for name, at in places.items()
    }
    rows = _rows(connection, path)
    used = {columns[at]: types[at] for at in places.values()}
    _check_size(connection, relation, used, rows=rows, source_bytes=path.stat().st_size, limit=limit)
    return Table(
        relation=relation,
        cells=cells,
        raw=tuple((name, f"CAST({c} AS VARCHAR)") for name, c in zip(names, columns, strict=True)),
        lines=rows,
        extra_columns=extras(names, wanted),
    )


def _check_end(path: Path) -> None:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - len(_MAGIC)))
        end = file.read()
    if end != _MAGIC or size < 3 * len(_MAGIC):
        raise FileRejected(
            RejectReason.TRUNCATED,
            f"the Parquet file ends at byte {size:,} without its footer: it was cut off; send it again",
        )


def _names(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Return the top-level columns by their own names; DuckDB's are made unique."""
    schema = connection.execute(
        "SELECT name, coalesce(num_children, 0) FROM parquet_schema($path)", {"path": str(path)}
    ).fetchall()
    names, inside = [], 0
    for name, children in schema[1:]:
        if not inside:
            names.append(str(name).strip())
        inside = max(0, inside - 1) + int(children)
    return names


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    return [
        row[1]
        for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()  # noqa: S608 quoted by sql.py
    ]


def _rows(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    found = connection.execute(
        "SELECT num_rows FROM parquet_file_metadata($path)", {"path": str(path)}
    ).fetchone()
    rows = int(found[0]) if found else 0
    if rows == 0:
        raise FileRejected(RejectReason.NO_ROWS, "the file has columns and no rows")
    return rows


def _check_size(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    used: dict[str, str],
    *,
    rows: int,
    source_bytes: int,
    limit: SizeLimit,
) -> None:
    """Hold the content to the limits: first what the row count tells, then texts by reading them through.

    A footer's own sizes are not asked: a dictionary makes them small, and anybody can write them.
    """
    fixed = rows * _NUMBER_BYTES * len(used)
    limit.check(fixed)
    check_ratio(fixed, source_bytes, floor_bytes=PARQUET_RATIO_FLOOR_BYTES)
    texts = [column for column, kind in used.items() if kind == "VARCHAR"]
    if not texts:
        return
    total = " + ".join(f"coalesce(sum(strlen({column})), 0)" for column in texts)
    found = connection.execute(f"SELECT {total} FROM {relation}").fetchone()  # noqa: S608 quoted by sql.py
    size = fixed + int(found[0] if found else 0)
    limit.check(size)
    check_ratio(size, source_bytes, floor_bytes=PARQUET_RATIO_FLOOR_BYTES)


def _cell(name: str, column: str, kind: str, needed: Kind) -> Cell:
    cell = _cell_of_type(column, kind)
    if cell is None or getattr(cell, needed) == "NULL":
        raise FileRejected(
            RejectReason.WRONG_TYPE, f"column {identifier(name)} is {kind}, a {_ASKED[needed]} is expected"
        )
    return cell


_ASKED: dict[Kind, str] = {
    "number": "number",
    "time": "date, timestamp, ISO 8601 text or epoch number",
    "text": "text",
}


def _cell_of_type(column: str, kind: str) -> Cell | None:
    """Return how a column of a type is read; NULL stands for what a type never is."""
    absent = f"{column} IS NULL"
    as_double, as_text = f"CAST({column} AS DOUBLE)", f"CAST({column} AS VARCHAR)"
    if kind in _TEXTS or kind.startswith("ENUM"):
        return text_cell(column if kind == "VARCHAR" else as_text)
    if kind in _INTEGERS:
        return Cell(missing=absent, text=as_text, number=as_double, time=epoch(as_double))
    if kind in _REALS or kind.startswith("DECIMAL"):
        real = Cell(missing=absent, text=spell_number(as_double), number=as_double, time=epoch(as_double))
        return replace(real, faults=((RowFault.NOT_FINITE, f"NOT isfinite({as_double})"),))
    if kind == "BOOLEAN":
        return Cell(missing=absent, text=as_text, number="NULL", time="NULL")
    if kind in _MOMENTS:
        moment = in_range(f"CAST({column} AS TIMESTAMP)")
        return Cell(missing=absent, text=as_text, number="NULL", time=moment)
    return None
