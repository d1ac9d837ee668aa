"""Opening JSON Lines: one object a line; a column that an object does not have is missing there."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tideline.adapters.intake.cells import as_number, as_time, epoch, spell_number
from tideline.adapters.intake.columns import check_present, extras
from tideline.adapters.intake.csv_reading import read_csv
from tideline.adapters.intake.limits import MAX_COLUMNS
from tideline.adapters.intake.sql import literal
from tideline.adapters.intake.table import Cell, Table
from tideline.adapters.intake.text import scan_text
from tideline.adapters.intake.tidying import tidy_text
from tideline.adapters.intake.wanted import Wanted
from tideline.domain.intake.canonical_file import RejectReason, RowFault
from tideline.errors import FileRejected

# No JSON text holds this character as it is: a line is one cell, whatever stands in it.
_NO_DELIMITER = "\x01"
_SAMPLE_ROWS = 10_000


def open_json_lines(
    path: Path, *, wanted: Wanted, workdir: Path, connection: duckdb.DuckDBPyConnection
) -> Table:
    """Return a JSON Lines file as a table.

    Raises:
        FileRejected: not text, or a required column that no row has.
    """
    scan = scan_text(path, delimiter=_NO_DELIMITER.encode())
    if scan.untidy:
        path = tidy_text(path, workdir / "tidy")
        scan = scan_text(path, delimiter=_NO_DELIMITER.encode())
    lines, listing = (
        read_csv(path, ["line"], header=False, delimiter=_NO_DELIMITER, quote="", lists=lists)
        for lists in (False, True)
    )
    names = _names(connection, lines)
    _check_required(names, wanted)
    return Table(
        relation=_relation(lines, wanted),
        listing=listing,
        stray_fault=RowFault.NOT_AN_OBJECT,
        cells={name: _cell(f"j[{place}]") for place, name in enumerate(wanted.columns, start=1)},
        raw=(("line", "line"),),
        row_faults=(
            (RowFault.NOT_AN_OBJECT, "NOT object"),
            (RowFault.REPEATED_KEY, "len(names) <> list_unique(names)"),
        ),
        lines=scan.lines,
        extra_columns=extras(names, wanted),
        text=path,
    )


def _relation(lines: str, wanted: Wanted) -> str:
    pointers = ", ".join(literal(_pointer(name)) for name in wanted.columns)
    return (
        f"(SELECT line, object, CASE WHEN object THEN json_extract(line, [{pointers}]) END AS j, "  # noqa: S608
        f"CASE WHEN object THEN json_keys(line) END AS names "
        f"FROM (SELECT line, {_IS_OBJECT} AS object FROM {lines}))"
    )


_IS_OBJECT = "CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END"


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _names(connection: duckdb.DuckDBPyConnection, lines: str) -> list[str]:
    """Return the keys of the first rows, in order of appearance."""
    found = connection.execute(
        f"SELECT name FROM (SELECT unnest(json_keys(line)) AS name, row FROM "  # noqa: S608 quoted by sql.py
        f"(SELECT line, row_number() OVER () AS row FROM {lines} LIMIT {_SAMPLE_ROWS}) WHERE {_IS_OBJECT}) "
        f"GROUP BY name ORDER BY min(row), name LIMIT {MAX_COLUMNS + 1}"
    ).fetchall()
    if len(found) > MAX_COLUMNS:
        raise FileRejected(
            RejectReason.TOO_MANY_COLUMNS, f"more than {MAX_COLUMNS:,} different keys in the first rows"
        )
    return [name for (name,) in found]


def _check_required(names: list[str], wanted: Wanted) -> None:
    check_present(names, [name for name in wanted.demanded if name not in wanted.sparse], wanted)


def _cell(value: str) -> Cell:
    spelled = f"CAST({value} AS VARCHAR)"
    kind = f"left({spelled}, 1)"
    unquoted = f"({value} ->> '$')"
    number = (
        f"CASE WHEN {kind} = '\"' THEN {as_number(unquoted)} "
        f"WHEN {kind} IN ('t', 'f', 'n', '{{', '[') THEN NULL ELSE TRY_CAST({spelled} AS DOUBLE) END"
    )
    whole = (
        f"CASE WHEN regexp_matches({spelled}, '^-?[0-9]+$') THEN {spelled} ELSE {spell_number(number)} END"
    )
    text = (
        f"CASE {kind} WHEN '\"' THEN {unquoted} WHEN 't' THEN 'true' WHEN 'f' THEN 'false' "
        f"WHEN '{{' THEN NULL WHEN '[' THEN NULL ELSE {whole} END"
    )
    return Cell(
        missing=f"coalesce({spelled}, 'null') IN ('null', '\"\"')",
        text=text,
        number=number,
        time=f"CASE WHEN {kind} = '\"' THEN {as_time(unquoted)} ELSE {epoch(number)} END",
        faults=(
            (RowFault.NESTED, f"{kind} IN ('{{', '[')"),
            (RowFault.NOT_FINITE, f"{kind} NOT IN ('\"', 't', 'f') AND NOT isfinite({number})"),
        ),
    )
