"""Reading one dropped file from its bytes to canonical Parquet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tideline.adapters.intake.bad_rows import BadRows
from tideline.adapters.intake.canonical import write_accepted, write_without
from tideline.adapters.intake.checks import Rule, rules_of
from tideline.adapters.intake.late import find_late_faults
from tideline.adapters.intake.limits import GIB, SizeLimit
from tideline.adapters.intake.opening import opened
from tideline.adapters.intake.rejects import write_rejects
from tideline.adapters.intake.strays import Settled, settle
from tideline.adapters.intake.table import Table
from tideline.adapters.intake.wanted import training_columns
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.canonical_file import CanonicalFile, RejectReason, too_many_bad_rows
from tideline.errors import FileRejected

MAX_EXPANDED_BYTES = 5 * GIB


class DuckDbFileReader:
    """Reads CSV, JSON Lines and Parquet, plain or as `.gz` or `.zst`, with DuckDB and bounded memory."""

    def __init__(
        self, *, memory_mb: int, threads: int = 2, max_expanded_bytes: int = MAX_EXPANDED_BYTES
    ) -> None:
        self._memory_mb = memory_mb
        self._threads = threads
        self._max_expanded_bytes = max_expanded_bytes

    def read(self, source: Path, *, name: str, spec: ModelSpec, workdir: Path) -> CanonicalFile:
        """Return the canonical file; the same bytes under the same spec give the same bytes.

        Args:
            source: The dropped file. It is only read.
            name: What it was dropped as; asked only whether it claims another format than the bytes have.
            spec: What its columns must look like.
            workdir: An empty folder for everything that is written, the result included.

        Raises:
            FileRejected: the file as a whole cannot be used; reason and message say why.
        """
        workdir = workdir.resolve()
        limit = SizeLimit.within(workdir, max_expanded_bytes=self._max_expanded_bytes)
        with opened(
            source,
            name=name,
            wanted=training_columns(spec),
            workdir=workdir,
            limit=limit,
            memory_mb=self._memory_mb,
            threads=self._threads,
        ) as (connection, table, spelled):
            outcome = _Reading(connection, table, spec, rules_of(spec), workdir).run()
        return _describe(outcome, table, spelled)


@dataclass(frozen=True)
class _Outcome:
    parquet: Path
    rows: int
    bad_rows: int
    faults: dict[str, int]
    rejects: Path | None


@dataclass(frozen=True)
class _Reading:
    """The steps from an opened table to an outcome."""

    connection: duckdb.DuckDBPyConnection
    table: Table
    spec: ModelSpec
    rules: tuple[Rule, ...]
    workdir: Path

    def run(self) -> _Outcome:
        accepted = self.workdir / "accepted.parquet"
        kept = write_accepted(self.connection, self.table, self.rules, accepted)
        settled = Settled(self.table, (), kept)
        # Where every line is an accepted row, nothing can be wrong and nothing can have been lost.
        if kept != self.table.lines:
            settled = settle(self.connection, self.table, bad_rows=self.spec.training.bad_rows)
        if settled.table is not self.table:
            kept = write_accepted(self.connection, settled.table, self.rules, accepted)
        late = find_late_faults(self.connection, accepted, self.spec, self.rules)
        if kept == settled.rows and not late:
            return _Outcome(accepted, kept, 0, {}, None)
        return self._without_bad_rows(settled, accepted, kept=kept, late=late)

    def _without_bad_rows(self, settled: Settled, accepted: Path, *, kept: int, late: int) -> _Outcome:
        bad = BadRows(self.connection, settled.table, self.rules)
        found = settled.rows - kept + late
        bad.gather(settled.strays, with_cells=found / settled.rows <= self.spec.training.bad_rows)
        self._judge(bad, found, settled.rows)
        faults = {name: count for name, count, _ in bad.faults()}
        rejects = write_rejects(bad, settled.table, self.workdir / "rejects.csv")
        if late:
            canonical = self.workdir / "canonical.parquet"
            kept = write_without(self.connection, accepted, self.rules, canonical)
            accepted = canonical
        return _Outcome(accepted, kept, found, faults, rejects)

    def _judge(self, bad: BadRows, found: int, total: int) -> None:
        target = [rule.name for rule in self.rules].index(self.spec.target) + 1
        if bad.without_target(target) == total:
            raise FileRejected(
                RejectReason.NO_TARGET, f"the target {self.spec.target!r} is missing in every row"
            )
        allowed = self.spec.training.bad_rows
        if found / total > allowed or found == total:
            faults = bad.faults()
            message = too_many_bad_rows(bad=found, total=total, allowed=allowed, examples=faults)
            raise FileRejected(
                RejectReason.TOO_MANY_BAD_ROWS, message, row=min(first for _, _, first in faults)
            )


def _describe(outcome: _Outcome, table: Table, spelled: str) -> CanonicalFile:
    with outcome.parquet.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return CanonicalFile(
        parquet=outcome.parquet,
        sha256=digest,
        size_bytes=outcome.parquet.stat().st_size,
        rows=outcome.rows,
        bad_rows=outcome.bad_rows,
        faults=outcome.faults,
        rejects=outcome.rejects,
        extra_columns=table.extra_columns,
        format=spelled,
    )
