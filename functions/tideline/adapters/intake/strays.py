"""Rows that the parser could not take apart, and the proof that none was lost among them.

DuckDB lists what it refuses. Where a quote stays open it can also swallow lines without a word, so its rows
are counted against the lines that were counted before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

import duckdb

from tideline.adapters.intake.csv_reading import MAX_REJECTS
from tideline.adapters.intake.limits import MAX_LINE_BYTES
from tideline.adapters.intake.suspects import count_suspects
from tideline.adapters.intake.table import REJECT_SCANS, REJECTS, StrayRow, Table
from tideline.domain.intake.canonical_file import RejectReason, RowFault
from tideline.errors import FileRejected

# DuckDB 2.0 holds two kilobytes for each row that it lists, outside its own memory limit.
MAX_LISTED = 250_000
_KINDS = {
    "UNQUOTED VALUE": RowFault.BROKEN_QUOTE,
    "TOO MANY COLUMNS": RowFault.TOO_MANY_CELLS,
    "MISSING COLUMNS": RowFault.TOO_FEW_CELLS,
}
_TOO_LONG = "LINE SIZE OVER MAXIMUM"


def _listed_strays(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[StrayRow, ...]:
    """Return the rows that the last reading refused, in file order, and forget them.

    Raises:
        FileRejected: so many that they are not listed, or a row that never ends.
    """
    found = connection.execute(
        f"SELECT line, min(line_byte_position), list(DISTINCT CAST(error_type AS VARCHAR)), count(*) "  # noqa: S608
        f"FROM {REJECTS} GROUP BY line ORDER BY line"
    ).fetchall()
    forget_strays(connection)
    if sum(entries for *_, entries in found) >= MAX_REJECTS:
        raise FileRejected(
            RejectReason.TOO_MANY_BAD_ROWS,
            f"more than {MAX_REJECTS:,} cells are missing or too many: is the delimiter part of the values?",
        )
    return tuple(_stray(int(line), int(at) - 1, kinds, table) for line, at, kinds, _ in found)


def forget_strays(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what the parser has listed, so that the next reading starts a list of its own."""
    connection.execute(f"DROP TABLE IF EXISTS {REJECTS}")
    connection.execute(f"DROP TABLE IF EXISTS {REJECT_SCANS}")


def _stray(line: int, offset: int, kinds: list[str], table: Table) -> StrayRow:
    row = line - table.header_lines
    if _TOO_LONG in kinds:
        raise FileRejected(
            RejectReason.BROKEN_QUOTE,
            f"row {row:,} opens a quote and runs on for more than {MAX_LINE_BYTES:,} bytes",
            row=row,
        )
    fault = next((fault for kind, fault in _KINDS.items() if kind in kinds), RowFault.BROKEN_QUOTE)
    return StrayRow(row=row, fault=table.stray_fault or fault, offset=offset)


@dataclass(frozen=True)
class Settled:
    """A table of which every line is accounted for, its strays, and how many rows it has with them."""

    table: Table
    strays: tuple[StrayRow, ...]
    rows: int


def settle(connection: duckdb.DuckDBPyConnection, table: Table, *, bad_rows: float) -> Settled:
    """Find the rows that cannot be taken apart.

    Args:
        connection: Where the table is read.
        table: The file. Where a quote is broken, another table comes back, which reads on behind it.
        bad_rows: Share of rows that may be bad.

    Raises:
        FileRejected: too many such rows, or lines that an open quote has swallowed.
    """
    parsed, breaks = _count(connection, table)
    left = table.lines - parsed - breaks
    if table.text is None or table.listing is None or not left:
        return Settled(table, (), parsed + left)
    suspects = left if not table.quotes else count_suspects(table.text, width=len(table.raw))
    if suspects / table.lines > bad_rows or suspects > MAX_LISTED:
        raise _too_many(table, suspects)
    listing = replace(table, relation=table.listing)
    parsed, breaks = _count(connection, listing, forget=False)
    strays = _listed_strays(connection, table)
    _check_accounts(strays, left=table.lines - parsed - breaks)
    return Settled(listing if table.quotes else table, strays, parsed + len(strays))


def _count(connection: duckdb.DuckDBPyConnection, table: Table, *, forget: bool = True) -> tuple[int, int]:
    """Return the rows that the parser took apart, and the line breaks inside them."""
    inner = "0"
    if table.quotes:
        inner = " + ".join(f"coalesce(sum({_breaks(column)}), 0)" for _, column in table.raw)
    query = f"SELECT count(*), {inner} FROM {table.relation}"  # noqa: S608 quoted by sql.py
    # The list is only complete once the whole result has been fetched.
    ((parsed, breaks),) = connection.execute(query).fetchall()
    if forget:
        forget_strays(connection)
    return int(parsed), int(breaks)


def _check_accounts(strays: tuple[StrayRow, ...], *, left: int) -> None:
    if left == len(strays):
        return
    opened = next((stray.row for stray in strays if stray.fault is RowFault.BROKEN_QUOTE), None)
    where = f"row {opened:,}" if opened is not None else "a row"
    raise FileRejected(
        RejectReason.BROKEN_QUOTE,
        f"{where} opens a quote that is not closed properly; {left - len(strays):,} lines after it cannot be"
        ' told apart. A quote inside a quoted value is written twice ("")',
        row=opened,
    )


def _too_many(table: Table, suspects: int) -> FileRejected:
    width = len(table.raw)
    first = _first_of_other_width(table, width)
    where = f"; the first is row {first:,}" if first is not None else ""
    return FileRejected(
        RejectReason.TOO_MANY_BAD_ROWS,
        f"{suspects:,} of {table.lines:,} rows have broken quotes, or more or fewer cells than the {width} of"
        f" the header{where}",
        row=first,
    )


def _first_of_other_width(table: Table, width: int) -> int | None:
    if table.text is None:
        return None
    with table.text.open("rb") as text:
        lines = (line.rstrip(b"\n") for line in islice(text, table.header_lines, None))
        return next((row for row, line in enumerate(lines, start=1) if line.count(b",") != width - 1), None)


def _breaks(column: str) -> str:
    without = f"strlen(replace({column}, chr(10), ''))"
    return f"CASE WHEN contains({column}, chr(10)) THEN strlen({column}) - {without} ELSE 0 END"
