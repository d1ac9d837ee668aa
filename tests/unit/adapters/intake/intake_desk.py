"""Files are dropped as bytes and read back as rows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tideline.adapters.intake import DuckDbFileReader
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.canonical_file import CanonicalFile
from tideline.errors import FileRejected

FEATURES = {
    "age": {"type": "number", "min": 0, "max": 120},
    "plan": {"type": "category", "values": ["monthly", "yearly"], "required": False},
}


def make_spec(**changes: Any) -> ModelSpec:
    fields = {"model": "churn", "task": "binary", "target": "churned", "features": FEATURES}
    return ModelSpec.model_validate(fields | changes)


def lenient(**changes: Any) -> ModelSpec:
    return make_spec(training={"bad_rows": 0.99}, **changes)


class Desk:
    """Drops files and looks at what became of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def drop(
        self,
        content: bytes | str | Path,
        *,
        name: str = "file",
        spec: ModelSpec | None = None,
        memory_mb: int = 1024,
        **limits: int,
    ) -> CanonicalFile:
        self._count += 1
        workdir = self._folder / f"work{self._count}"
        workdir.mkdir()
        source = self._folder / f"source{self._count}"
        if isinstance(content, Path):
            source = content
        else:
            source.write_bytes(content.encode() if isinstance(content, str) else content)
        reader = DuckDbFileReader(memory_mb=memory_mb, **limits)
        return reader.read(source, name=name, spec=spec or make_spec(), workdir=workdir)

    def reject(self, content: bytes | str | Path, **arguments: Any) -> FileRejected:
        with pytest.raises(FileRejected) as caught:
            self.drop(content, **arguments)
        return caught.value


def rows(canonical: CanonicalFile) -> list[tuple[Any, ...]]:
    return duckdb.execute("SELECT * FROM read_parquet($p)", {"p": str(canonical.parquet)}).fetchall()


def rejects(canonical: CanonicalFile) -> list[dict[str, str]]:
    assert canonical.rejects is not None
    with canonical.rejects.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def reasons(canonical: CanonicalFile) -> dict[int, str]:
    return {int(row["_row"]): row["_reasons"] for row in rejects(canonical)}


def parquet_bytes(query: str, folder: Path, options: str = "") -> bytes:
    target = folder / "made.parquet"
    duckdb.connect().execute(f"COPY ({query}) TO '{target}' (FORMAT parquet {options})")
    return target.read_bytes()
