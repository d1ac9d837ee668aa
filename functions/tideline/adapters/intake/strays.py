"""Rows that the parser could not take apart, and the proof that none was lost among them.

DuckDB lists what it refuses. Where a quote stays open it can also swallow lines without a word, so its rows
are counted against the lines that were counted before.
"""

from __future__ import annotations

import duckdb

from tideline.adapters.intake.csv_reading import MAX_REJECTS
from tideline.adapters.intake.limits import MAX_LINE_BYTES
from tideline.adapters.intake.table import REJECT_SCANS, REJECTS, StrayRow, Table
from tideline.domain.intake import RejectReason, RowFault
from tideline.errors import FileRejected

_KINDS = {
    "UNQUOTED VALUE": RowFault.BROKEN_QUOTE,
    "TOO MANY COLUMNS": RowFault.TOO_MANY_CELLS,
    "MISSING COLUMNS": RowFault.TOO_FEW_CELLS,
}
_TOO_LONG = "LINE SIZE OVER MAXIMUM"


def collect_strays(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[StrayRow, ...]:
    """Return the rows that the last reading refused, in file order.

    Raises:
        FileRejected: so many that they are not listed, or a row that never ends.
    """
    if table.text is None:
        return ()
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
    return tuple(_stray(int(line) - table.header_lines, int(at) - 1, kinds) for line, at, kinds, _ in found)


def forget_strays(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what the parser has listed, so that the next reading starts a list of its own."""
    connection.execute(f"DROP TABLE IF EXISTS {REJECTS}")
    connection.execute(f"DROP TABLE IF EXISTS {REJECT_SCANS}")


def _stray(row: int, offset: int, kinds: list[str]) -> StrayRow:
    if _TOO_LONG in kinds:
        raise FileRejected(
            RejectReason.BROKEN_QUOTE,
            f"row {row:,} opens a quote and runs on for more than {MAX_LINE_BYTES:,} bytes",
            row=row,
        )
    fault = next((fault for kind, fault in _KINDS.items() if kind in kinds), RowFault.BROKEN_QUOTE)
    return StrayRow(row=row, fault=fault, offset=offset)


def count_rows(connection: duckdb.DuckDBPyConnection, table: Table, strays: tuple[StrayRow, ...]) -> int:
    """Return how many rows the file has, each line accounted for.

    Raises:
        FileRejected: lines are missing, as an open quote swallows them.
    """
    inner = "0"
    if table.quotes:
        inner = " + ".join(f"coalesce(sum({_breaks(column)}), 0)" for _, column in table.raw)
    query = f"SELECT count(*), {inner} FROM {table.relation}"  # noqa: S608 quoted by sql.py
    parsed, broken = connection.execute(query).fetchone() or (0, 0)
    forget_strays(connection)
    if parsed + broken + len(strays) == table.lines:
        return int(parsed) + len(strays)
    lost = table.lines - parsed - broken - len(strays)
    opened = next((stray.row for stray in strays if stray.fault is RowFault.BROKEN_QUOTE), None)
    where = f"row {opened:,}" if opened is not None else "a row"
    raise FileRejected(
        RejectReason.BROKEN_QUOTE,
        f"{where} opens a quote that is not closed properly; {lost:,} lines after it cannot be told apart."
        ' A quote inside a quoted value is written twice ("")',
        row=opened,
    )


def _breaks(column: str) -> str:
    without = f"strlen(replace({column}, chr(10), ''))"
    return f"CASE WHEN contains({column}, chr(10)) THEN strlen({column}) - {without} ELSE 0 END"
