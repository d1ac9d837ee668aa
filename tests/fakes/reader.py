"""A reader of dropped files for which every line is a row, and a line ``bad`` is a bad one."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.canonical_file import CanonicalFile
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
