"""Bringing every fault of every row together, each under the row's number in the file.

Three counts meet here: rows in the file, rows the parser took apart (without strays), and accepted rows
(without bad ones). Going back from one to the other is adding what had been left out before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tideline.adapters.intake.checks import Rule, all_right, judged
from tideline.adapters.intake.sql import identifier, literal
from tideline.adapters.intake.strays import forget_strays
from tideline.adapters.intake.table import StrayRow, Table
from tideline.domain.intake.canonical_file import WHOLE_ROW, RowFault

_FETCHED_ROWS = 10_000


@dataclass(frozen=True)
class BadRow:
    """A bad row: its number in the file, its faults, and its cells, or where its line begins."""

    row: int
    reasons: tuple[str, ...]
    cells: list[str | None] | None
    offset: int | None


class BadRows:
    """Every bad row of a file, kept in temporary tables that DuckDB may spill to disk."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table, rules: tuple[Rule, ...]) -> None:
        self._connection = connection
        self._table = table
        self._rules = rules

    def gather(self, strays: tuple[StrayRow, ...], *, with_cells: bool) -> None:
        """Fill the tables `found` (a fault of a row each) and `cells`, from `late` and from reading again."""
        self._add_strays(strays)
        self._judge_again(with_cells=with_cells)
        self._gaps("bad_gaps", "SELECT nth FROM bad")
        self._gaps("stray_gaps", "SELECT row AS nth FROM strays")
        self._number_late()
        if with_cells:
            self._add_late_cells()
        self._bring_together()

    def faults(self) -> list[tuple[str, int, int]]:
        """Return every fault, its number of rows and the first of them; most frequent first."""
        found = self._connection.execute(
            "SELECT place, code, count(*) AS rows, min(row) FROM found GROUP BY place, code "
            "ORDER BY rows DESC, place, code"
        ).fetchall()
        return [(self._name(place, code), count, first) for place, code, count, first in found]

    def without_target(self, target: int) -> int:
        """Return how many rows lack the column at this place, counted from 1."""
        found = self._connection.execute(
            "SELECT count(*) FROM found WHERE place = $place AND code = $code",
            {"place": target, "code": RowFault.MISSING.code},
        ).fetchone()
        return int(found[0]) if found else 0

    def write_reasons(self, target: Path) -> int:
        """Write every bad row's number and its reasons as Parquet, and return how many rows that is."""
        places = self._connection.execute("SELECT DISTINCT place, code FROM found").fetchall()
        self._create("names", "SELECT 0::BIGINT AS place, 0::BIGINT AS code, '' AS name LIMIT 0")
        self._connection.execute(
            "INSERT INTO names SELECT unnest($places), unnest($codes), unnest($names)",
            {
                "places": [place for place, _ in places],
                "codes": [code for _, code in places],
                "names": [self._name(place, code) for place, code in places],
            },
        )
        found = self._connection.execute(
            f"COPY (SELECT row::BIGINT AS row, list(name ORDER BY place, code) AS reasons "  # noqa: S608
            f"FROM found JOIN names USING (place, code) GROUP BY row ORDER BY row) "
            f"TO {literal(str(target))} (FORMAT parquet)"
        ).fetchone()
        return int(found[0]) if found else 0

    def __iter__(self) -> Iterator[BadRow]:
        rows = self._connection.execute(
            "SELECT row, list([place, code, other] ORDER BY place, code), any_value(cells), any_value(byte) "
            "FROM (SELECT row, place::BIGINT AS place, code::BIGINT AS code, other FROM found) "
            "LEFT JOIN cells USING (row) LEFT JOIN (SELECT row, byte FROM strays) USING (row) "
            "GROUP BY row ORDER BY row"
        )
        while batch := rows.fetchmany(_FETCHED_ROWS):
            for row, faults, cells, offset in batch:
                yield BadRow(row, tuple(self._reason(*fault) for fault in faults), cells, offset)

    def _name(self, place: int, code: int) -> str:
        fault = list(RowFault)[code - 1]
        return self._rules[place - 1].spell(fault) if place else f"{WHOLE_ROW}: {fault}"

    def _reason(self, place: int, code: int, other: int | None) -> str:
        return self._name(place, code) + (f" (see row {other})" if other is not None else "")

    def _add_strays(self, strays: tuple[StrayRow, ...]) -> None:
        self._create("strays", "SELECT 0::BIGINT AS row, 0::UTINYINT AS code, 0::BIGINT AS byte LIMIT 0")
        for start in range(0, len(strays), _FETCHED_ROWS):
            part = strays[start : start + _FETCHED_ROWS]
            self._connection.execute(
                "INSERT INTO strays SELECT unnest($rows), unnest($codes), unnest($bytes)",
                {
                    "rows": [stray.row for stray in part],
                    "codes": [stray.fault.code for stray in part],
                    "bytes": [stray.offset for stray in part],
                },
            )

    def _judge_again(self, *, with_cells: bool) -> None:
        codes = ", ".join(f"s{at}" for at in range(len(self._rules)))
        cells = self._cells() if with_cells else "NULL::VARCHAR[]"
        query = judged(self._numbered(), self._rules)
        self._create(
            "bad",
            f"SELECT nth, s, [{codes}] AS codes, {cells} AS cells FROM ({query}) "  # noqa: S608 quoted by sql.py
            f"WHERE NOT ({all_right(self._rules)})",
        )
        forget_strays(self._connection)

    def _numbered(self) -> Table:
        return numbered(self._table)

    def _cells(self) -> str:
        return f"[{', '.join(expression for _, expression in self._table.raw)}]"

    def _gaps(self, name: str, left_out: str) -> None:
        """For each number of remaining rows before a gap, how many rows have been left out by then."""
        self._create(
            name,
            f"SELECT nth - k AS before, max(k) AS k FROM "  # noqa: S608
            f"(SELECT nth, row_number() OVER (ORDER BY nth) AS k FROM ({left_out})) GROUP BY before",
        )

    def _number_late(self) -> None:
        """Give late faults, which know accepted rows, the numbers of rows that the parser took apart."""
        numbered = _moved("late", "kept", "bad_gaps", "nth")
        self._create("late_nth", _moved(f"({numbered})", "first_kept", "bad_gaps", "first_nth"))

    def _add_late_cells(self) -> None:
        found = self._connection.execute("SELECT count(*) FROM late_nth").fetchone()
        if not found or not found[0]:
            return
        self._connection.execute(
            f"INSERT INTO bad SELECT nth, 0, [], {self._cells()} "  # noqa: S608 quoted by sql.py
            f"FROM {self._numbered().relation} WHERE nth IN (SELECT nth FROM late_nth)"
        )
        forget_strays(self._connection)

    def _bring_together(self) -> None:
        parts = [
            "SELECT nth, 0 AS place, s AS code, NULL::BIGINT AS first_nth FROM bad WHERE s <> 0",
            (
                "SELECT nth, place, code, NULL FROM (SELECT nth, generate_subscripts(codes, 1) AS place, "
                "unnest(codes) AS code FROM bad) WHERE code <> 0"
            ),
            "SELECT nth, place, code, first_nth FROM late_nth",
        ]
        with_row = _moved(f"({' UNION ALL '.join(parts)})", "nth", "stray_gaps", "row")
        with_other = _moved(f"({with_row})", "first_nth", "stray_gaps", "other")
        self._create(
            "found",
            f"SELECT row, place, code, other FROM ({with_other}) "  # noqa: S608
            "UNION ALL SELECT row, 0, code, NULL FROM strays",
        )
        self._create("cells", f"SELECT row, cells FROM ({_moved('bad', 'nth', 'stray_gaps', 'row')})")  # noqa: S608

    def _create(self, name: str, query: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS {query}")


def numbered(table: Table) -> Table:
    """Return a table with one more raw column, `nth`: its number among rows that were taken apart."""
    relation = f"(SELECT *, row_number() OVER () AS nth FROM {table.relation})"  # noqa: S608
    return Table(
        relation=relation,
        cells=table.cells,
        raw=table.raw,
        row_faults=table.row_faults,
        lines=table.lines,
    )


def in_file(relation: str) -> str:
    """Return the relation with `row`: its `nth` as the row's number in the file, once strays are gathered."""
    return _moved(relation, "nth", "stray_gaps", "row")


def _moved(relation: str, column: str, gaps: str, name: str) -> str:
    """Return the relation with `name`: `column` in the numbering in which nothing is left out."""
    return (
        f"SELECT l.*, l.{column} + coalesce(g.k, 0) AS {identifier(name)} FROM {relation} AS l "  # noqa: S608
        f"ASOF LEFT JOIN {gaps} AS g ON l.{column} > g.before"
    )
