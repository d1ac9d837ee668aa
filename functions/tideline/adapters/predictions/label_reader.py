"""Reading one dropped file of labels: bytes in any format that intake reads, out as the lake keeps them."""

# ruff: noqa: S608 - statements are built of our own names and quoted ones

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tideline.adapters.intake.bad_rows import BadRows
from tideline.adapters.intake.canonical import write_accepted
from tideline.adapters.intake.checks import Rule, moment
from tideline.adapters.intake.late import no_late_faults
from tideline.adapters.intake.limits import GIB, SizeLimit
from tideline.adapters.intake.opening import opened
from tideline.adapters.intake.rejects import write_rejects
from tideline.adapters.intake.sql import identifier, listed, literal
from tideline.adapters.intake.strays import Settled, settle
from tideline.adapters.intake.table import Table
from tideline.adapters.intake.wanted import Kind, Wanted
from tideline.adapters.predictions.id_time import id_time, spelled_id
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.canonical_file import RejectReason, RowFault
from tideline.domain.labels.canonical_labels import CanonicalLabels
from tideline.domain.labels.label_columns import CLOCK_SKEW, LabelColumns, has_private_entity, label_columns
from tideline.domain.labels.label_span import Span
from tideline.errors import FileRejected

MAX_EXPANDED_BYTES = 5 * GIB
# Bad rows are put aside, however many: others are true all the same.
_ANY_SHARE = 1.0
_THREADS = 2
_LISTED_FAULTS = 5
_SHOWN_COLUMNS = 10


class DuckDbLabelReader:
    """`tideline.ports.LabelFileReader` with bounded memory; same file, spec and time: same bytes."""

    def __init__(self, *, memory_mb: int, max_expanded_bytes: int = MAX_EXPANDED_BYTES) -> None:
        self._memory_mb = memory_mb
        self._max_expanded_bytes = max_expanded_bytes

    def read(
        self, source: Path, *, name: str, spec: ModelSpec, told_at: datetime, workdir: Path
    ) -> CanonicalLabels:
        workdir, columns = workdir.resolve(), label_columns(spec)
        with opened(
            source,
            name=name,
            wanted=_wanted(columns),
            workdir=workdir,
            limit=SizeLimit.within(workdir, max_expanded_bytes=self._max_expanded_bytes),
            memory_mb=self._memory_mb,
            threads=_THREADS,
        ) as (connection, table, _):
            _require_a_key(table, columns, spec)
            return _Reading(connection, _naming(table, columns), columns, told_at, workdir).run()


def _wanted(columns: LabelColumns) -> Wanted:
    kinds: dict[str, Kind] = {columns.target: "number" if columns.is_number else "text"}
    kinds |= dict.fromkeys(columns.keys, "text")
    kinds |= {name: "time" for name in (columns.time, columns.labelled_at) if name}
    return Wanted(kinds=kinds, demanded=(columns.target,), roles={columns.target: "the target "})


def _require_a_key(table: Table, columns: LabelColumns, spec: ModelSpec) -> None:
    """Refuse a file none of whose rows can name a prediction; JSON Lines tell it row by row."""
    names = [name for name, _ in table.raw]
    if names == ["line"] or set(names) & set(columns.keys):
        return
    wanted = " nor ".join(repr(name) for name in columns.keys)
    private = f"; {spec.entity!r} is private, the log holds its hash only" if has_private_entity(spec) else ""
    found = ", ".join(repr(name) for name in names[:_SHOWN_COLUMNS])
    raise FileRejected(
        RejectReason.MISSING_COLUMN,
        f"there is {'neither' if len(columns.keys) > 1 else 'no'} {wanted} to tell whose outcome a row is:"
        f" the answer to every prediction holds its id{private}. The file has {found}",
    )


def _naming(table: Table, columns: LabelColumns) -> Table:
    """Return the table with one more fault of a row: that it names nobody."""
    nobody = " AND ".join(f"({table.cells[name].missing})" for name in columns.keys)
    return replace(table, row_faults=(*table.row_faults, (RowFault.NOBODY_NAMED, nobody)))


def _rules(columns: LabelColumns, *, told_at: datetime) -> tuple[Rule, ...]:
    rules = [Rule(columns.target, "number" if columns.is_number else "text", required=True)]
    rules += [Rule(name, "text", required=False) for name in columns.keys]
    times = [name for name in (columns.time, columns.labelled_at) if name]
    return (*rules, *(Rule(name, "time", required=False, latest=told_at + CLOCK_SKEW) for name in times))


@dataclass(frozen=True)
class _Reading:
    """The steps from an opened table to labels."""

    connection: duckdb.DuckDBPyConnection
    table: Table
    columns: LabelColumns
    told_at: datetime
    workdir: Path

    def run(self) -> CanonicalLabels:
        accepted, rules = self.workdir / "accepted.parquet", _rules(self.columns, told_at=self.told_at)
        kept = write_accepted(self.connection, self.table, rules, accepted)
        settled = Settled(self.table, (), kept)
        if kept != self.table.lines:
            settled = settle(self.connection, self.table, bad_rows=_ANY_SHARE)
        if settled.table is not self.table:
            kept = write_accepted(self.connection, settled.table, rules, accepted)
        faults, rejects = self._put_aside(settled, rules, kept=kept)
        return self._labels(accepted, bad_rows=settled.rows - kept, faults=faults, rejects=rejects)

    def _put_aside(
        self, settled: Settled, rules: tuple[Rule, ...], *, kept: int
    ) -> tuple[dict[str, int], Path | None]:
        if kept == settled.rows:
            return {}, None
        no_late_faults(self.connection)
        bad = BadRows(self.connection, settled.table, rules)
        bad.gather(settled.strays, with_cells=True)
        faults = bad.faults()
        if not kept:
            raise FileRejected(RejectReason.TOO_MANY_BAD_ROWS, self._all_bad(settled.rows, faults))
        rejects = write_rejects(bad, settled.table, self.workdir / "rejects.csv")
        return {name: count for name, count, _ in faults}, rejects

    def _all_bad(self, rows: int, faults: list[tuple[str, int, int]]) -> str:
        shown = "; ".join(
            f"{name} ({count:,} rows, first row {first:,})" for name, count, first in faults[:_LISTED_FAULTS]
        )
        return (
            f"none of {rows:,} rows is a label: {shown}. A row has {' or '.join(self.columns.keys)},"
            f" and {self.columns.target}"
        )

    def _labels(
        self, accepted: Path, *, bad_rows: int, faults: dict[str, int], rejects: Path | None
    ) -> CanonicalLabels:
        target = self.workdir / "labels.parquet"
        self.connection.execute(f"CREATE TEMP VIEW told AS {self._shaped(accepted)}")
        self.connection.execute(
            f"COPY (SELECT DISTINCT * EXCLUDE (dated) FROM told ORDER BY ALL) TO {literal(str(target))}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
        made, as_of = id_time("prediction_id"), "coalesce(entity_time, time)"
        ((rows, by_entity, known, dated, *times),) = self.connection.execute(
            f"SELECT count(*), count(entity), count({made}), bool_and(dated), min({made}), max({made}),"
            f" min({as_of}) FILTER (entity IS NOT NULL), max({as_of}) FILTER (entity IS NOT NULL) FROM told"
        ).fetchall()
        with accepted.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        return CanonicalLabels(
            parquet=target,
            content=content,
            dated=dated,
            rows=rows,
            bad_rows=bad_rows,
            by_entity=by_entity,
            foreign=rows - by_entity - known,
            made=_span(times[0], times[1]),
            as_of=_span(times[2], times[3]),
            faults=faults,
            rejects=rejects,
            extra_columns=self.table.extra_columns,
        )

    def _shaped(self, accepted: Path) -> str:
        """Return the query for the lake's columns and `dated`: whether a row says when it was known."""
        names = self.columns
        id_ = spelled_id(identifier(names.prediction_id)) if names.prediction_id else "NULL::VARCHAR"
        entity = identifier(names.entity) if names.entity else "NULL::VARCHAR"
        time = identifier(names.time) if names.time else "NULL::TIMESTAMP"
        known = identifier(names.labelled_at) if names.labelled_at else "NULL::TIMESTAMP"
        value = identifier(names.target)
        label, number = ("NULL::VARCHAR", value) if names.is_number else (value, "NULL::DOUBLE")
        by_entity = f"({id_}) IS NULL"
        parts = [
            f"{id_} AS prediction_id",
            f"{label} AS label",
            f"{number} AS number",
            f"coalesce({known}, {moment(self.told_at)}) AS time",
            f"CASE WHEN {by_entity} THEN {entity} END AS entity",
            f"CASE WHEN {by_entity} THEN {time} END AS entity_time",
            f"{known} IS NOT NULL AS dated",
        ]
        return f"SELECT {listed(parts)} FROM read_parquet({literal(str(accepted))})"


def _span(first: Any, last: Any) -> Span | None:
    if first is None:
        return None
    return Span(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC))
