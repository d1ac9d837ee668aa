"""Readers of dropped files for which every line is a row, and a line ``bad`` is a bad one."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.canonical_file import CanonicalFile
from tideline.domain.labels.canonical_labels import CanonicalLabels
from tideline.domain.labels.label_span import Span
from tideline.errors import FileRejected


class FakeReader:
    """`tideline.ports.DataFileReader`."""

    def read(self, source: Path, *, name: str, spec: ModelSpec, workdir: Path) -> CanonicalFile:
        lines = source.read_text().splitlines()
        good = [line for line in lines if line != "bad"]
        if not good:
            raise FileRejected("no_rows", "there are no rows", row=1)
        parquet, rejects = workdir / "out.parquet", workdir / "rejects.csv"
        parquet.write_text("\n".join([spec.schema_sha256, *good]))
        rejects.write_text("\n".join(line for line in lines if line == "bad"))
        bad = len(lines) - len(good)
        return CanonicalFile(
            parquet=parquet,
            sha256=hashlib.sha256(parquet.read_bytes()).hexdigest(),
            size_bytes=parquet.stat().st_size,
            rows=len(good),
            bad_rows=bad,
            faults={"row: bad": bad} if bad else {},
            rejects=rejects if bad else None,
            extra_columns=(),
            format="csv",
        )


class FakeLabelReader:
    """`tideline.ports.LabelFileReader`; labels below a line ``dated`` say when they were known."""

    def read(
        self, source: Path, *, name: str, spec: ModelSpec, told_at: datetime, workdir: Path
    ) -> CanonicalLabels:
        lines = source.read_text().splitlines()
        good = [line for line in lines if line != "bad"]
        if not good:
            raise FileRejected("too_many_bad_rows", "none of the rows is a label")
        parquet, rejects = workdir / "labels.parquet", workdir / "rejects.csv"
        dated = good[0] == "dated"
        parquet.write_text("\n".join([*good, "" if dated else told_at.isoformat()]))
        rejects.write_text("bad")
        bad = len(lines) - len(good)
        return CanonicalLabels(
            parquet=parquet,
            content=hashlib.sha256("\n".join(good).encode()).hexdigest(),
            dated=dated,
            rows=len(good),
            bad_rows=bad,
            by_entity=0,
            foreign=0,
            made=Span(told_at, told_at),
            as_of=None,
            faults={"row: bad": bad} if bad else {},
            rejects=rejects if bad else None,
            extra_columns=(),
        )
