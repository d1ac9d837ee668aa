"""Splitting a dropped file: good rows into shards, bad ones into a list, every row into one of them."""

# ruff: noqa: S608 - statements are built of our own names and quoted ones

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tideline.adapters.intake.bad_rows import BadRows, in_file, numbered
from tideline.adapters.intake.checks import Rule, all_right, feature_rule, judged
from tideline.adapters.intake.late import no_late_faults
from tideline.adapters.intake.limits import GIB, SizeLimit
from tideline.adapters.intake.opening import opened
from tideline.adapters.intake.sql import literal
from tideline.adapters.intake.strays import Settled, settle
from tideline.adapters.intake.table import Table
from tideline.adapters.intake.wanted import Kind, Wanted
from tideline.domain.batch.order import REFUSED, Shard, shard_rows
from tideline.domain.intake.canonical_file import RejectReason
from tideline.domain.release.deployment import Signature
from tideline.errors import FileRejected

MAX_EXPANDED_BYTES = 5 * GIB
# Bad rows are listed, however many: only what cannot be read at all is refused as a whole.
_ANY_SHARE = 1.0
# What a worker reads at once, so that it finds its slices without reading the others.
ROWS_A_GROUP = 16_384

Keep = Callable[[Path, str], None]


class DuckDbBatchSplitter:
    """`tideline.ports.BatchSplitter` with bounded memory; the same file gives the same shards."""

    def __init__(
        self, *, memory_mb: int, threads: int = 2, max_expanded_bytes: int = MAX_EXPANDED_BYTES
    ) -> None:
        self._memory_mb = memory_mb
        self._threads = threads
        self._max_expanded_bytes = max_expanded_bytes

    def split(
        self, source: Path, *, name: str, signature: Signature, workdir: Path, keep: Keep
    ) -> tuple[int, int, Sequence[Shard]]:
        workdir = workdir.resolve()
        limit = SizeLimit.within(workdir, max_expanded_bytes=self._max_expanded_bytes)
        with opened(
            source,
            name=name,
            wanted=scored_columns(signature),
            workdir=workdir,
            limit=limit,
            memory_mb=self._memory_mb,
            threads=self._threads,
        ) as (connection, table, _):
            _require_a_feature(table, signature)
            return _Splitting(connection, table, signature, workdir, keep).run()


def scored_columns(signature: Signature) -> Wanted:
    """Return what is read of a file to be scored: features and, where it is there, the entity."""
    features = signature.features
    kinds: dict[str, Kind] = {f.name: "number" if f.type == "number" else "text" for f in features}
    if signature.entity is not None:
        kinds.setdefault(signature.entity, "text")
    return Wanted(
        kinds=kinds,
        demanded=tuple(f.name for f in features if f.required),
    )


def _require_a_feature(table: Table, signature: Signature) -> None:
    """Refuse a file of which nothing is a feature; a model without a required one would answer it."""
    names = [name for name, _ in table.raw]
    # The only raw column of JSON Lines is the line: there a row without any feature is a row of gaps.
    if names == ["line"] or any(f.name in names for f in signature.features):
        return
    wanted = ", ".join(repr(f.name) for f in signature.features[:10])
    raise FileRejected(
        RejectReason.MISSING_COLUMN,
        f"none of its columns is a feature of the model: it reads {wanted}. Is the first line a header?",
    )


@dataclass(frozen=True)
class _Splitting:
    """The steps from an opened table to shards."""

    connection: duckdb.DuckDBPyConnection
    table: Table
    signature: Signature
    workdir: Path
    keep: Keep

    def run(self) -> tuple[int, int, list[Shard]]:
        good = self.workdir / "good.parquet"
        kept = self._write_good(self.table, good)
        settled = Settled(self.table, (), kept)
        if kept != self.table.lines:
            settled = settle(self.connection, self.table, bad_rows=_ANY_SHARE)
        if settled.table is not self.table:
            kept = self._write_good(settled.table, good)
        self._list_bad(settled, bad=settled.rows - kept)
        return settled.rows, settled.rows - kept, self._shards(good, settled.rows)

    @property
    def _rules(self) -> tuple[Rule, ...]:
        return tuple(feature_rule(feature.name, feature) for feature in self.signature.features)

    def _write_good(self, table: Table, target: Path) -> int:
        """Write the rows that nothing is wrong with, numbered among those that could be taken apart."""
        values = ", ".join(_as_served(rule, at) for at, rule in enumerate(self._rules))
        found = self.connection.execute(
            f"COPY (SELECT nth, {self._entity(table)} AS entity, {values} "
            f"FROM ({judged(numbered(table), self._rules)}) WHERE {all_right(self._rules)}) "
            f"TO {literal(str(target))} (FORMAT parquet, ROW_GROUP_SIZE {ROWS_A_GROUP})"
        ).fetchone()
        return int(found[0]) if found else 0

    def _entity(self, table: Table) -> str:
        if self.signature.entity is None:
            return "NULL::VARCHAR"
        return f"nullif({table.cells[self.signature.entity].text}, '')"

    def _list_bad(self, settled: Settled, *, bad: int) -> None:
        no_late_faults(self.connection)
        rows = BadRows(self.connection, settled.table, self._rules)
        rows.gather(settled.strays, with_cells=False)
        if not bad:
            return
        listed = self.workdir / REFUSED
        rows.write_reasons(listed)
        self.keep(listed, REFUSED)
        listed.unlink(missing_ok=True)

    def _shards(self, good: Path, rows: int) -> list[Shard]:
        """Write a shard for each stretch of rows that has good ones."""
        step = shard_rows(len(self.signature.features))
        made: list[Shard] = []
        target = self.workdir / "shard.parquet"
        for start in range(0, rows, step):
            count = self._write_shard(good, target, first=start + 1, last=start + step)
            if count:
                made.append(Shard(number=len(made) + 1, rows=count))
                self.keep(target, made[-1].source)
        target.unlink(missing_ok=True)
        return made

    def _write_shard(self, good: Path, target: Path, *, first: int, last: int) -> int:
        stretch = f"(SELECT * FROM read_parquet({literal(str(good))}) WHERE nth BETWEEN {first} AND {last})"
        found = self.connection.execute(
            f"COPY (SELECT row::BIGINT AS row, * EXCLUDE (nth, row) FROM ({in_file(stretch)}) ORDER BY row) "
            f"TO {literal(str(target))} (FORMAT parquet, ROW_GROUP_SIZE {ROWS_A_GROUP})"
        ).fetchone()
        return int(found[0]) if found else 0


def _as_served(rule: Rule, at: int) -> str:
    """Return a value as the model takes it: float32 with NaN, or text with "" for what is missing."""
    if rule.kind == "number":
        return f"coalesce(CAST(v{at} AS FLOAT), 'nan'::FLOAT) AS f{at}"
    return f"coalesce(v{at}, '') AS f{at}"
