"""The files of the story: two drops, one with too many broken rows, one cut off, and rows to ask about."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.commands.init import make_sketch
from cli.demo.rand import rand_rows
from cli.demo.spoil import Row, spoiled
from cli.errors import CliError
from cli.local.places import ROOT
from cli.sketch.columns import opened
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.contract.spec_text import read_spec

EXAMPLE = ROOT / "examples/doctor-visits/model.yaml"
EXAMPLE_MODEL = "doctor-visits"
# One broken row in 250 is well below the 5 percent that a spec tolerates, one in five far above.
_FEW, _MANY = 250, 5
_BROKEN_ROWS = 400
_SAMPLE_ROWS = 20
_FIRST_TENTHS = 6
# Fewer make no two drops that could both be learnt from.
_LEAST_ROWS = 400


@dataclass(frozen=True)
class Files:
    """What the story drops.

    Attributes:
        spec: Text of the spec.
        first: The first drop.
        second: The second one; a few of its rows are broken.
        broken_rows: How many of them.
        too_broken: A file with more broken rows than the spec tolerates.
        cut_off: A compressed file whose end is missing.
        sample: Rows to ask about, without the target.
    """

    spec: bytes
    first: Path
    second: Path
    broken_rows: int
    too_broken: Path
    cut_off: Path
    sample: Path


def example_files(folder: Path, *, model: str) -> Files:
    """Write the story's files from the RAND experiment."""
    rows = list(rand_rows())
    text = EXAMPLE.read_text(encoding="utf-8").replace(f"model: {EXAMPLE_MODEL}", f"model: {model}")
    return _write(
        folder,
        text.encode(),
        first=[row for row, is_first in rows if is_first],
        second=[row for row, is_first in rows if not is_first],
        model=model,
    )


def own_files(folder: Path, *, model: str, data: Path, target: str) -> Files:
    """Write the story's files from somebody's own data, cut in two by time where it has one."""
    sketch = make_sketch(data, model=model, target=target)
    with opened(data) as (connection, names):
        order = f'ORDER BY "{sketch.time}"' if sketch.time else "ORDER BY hash(rowid)"
        cursor = connection.execute(f"SELECT * FROM rows {order}")  # noqa: S608 a column's name, from the file
        rows = [
            {name: "" if cell is None else str(cell) for name, cell in zip(names, row, strict=True)}
            for row in cursor.fetchall()
        ]
    if len(rows) < _LEAST_ROWS:
        raise CliError(f"{data.name} has {len(rows)} rows; the story needs at least {_LEAST_ROWS}")
    cut = len(rows) * _FIRST_TENTHS // 10
    return _write(folder, sketch.text.encode(), first=rows[:cut], second=rows[cut:], model=model)


def _write(folder: Path, text: bytes, *, first: Sequence[Row], second: Sequence[Row], model: str) -> Files:
    folder.mkdir(parents=True, exist_ok=True)
    spec = read_spec(text, model=model)
    few = min(_FEW, max(len(second) // 4, 1))
    files = Files(
        spec=text,
        first=folder / "first.csv",
        second=folder / "second.csv",
        broken_rows=len(second) // few,
        too_broken=folder / "too-broken.csv",
        cut_off=folder / "cut-off.csv.gz",
        sample=folder / "sample.csv",
    )
    (folder / "model.yaml").write_bytes(text)
    _write_csv(files.first, first)
    _write_csv(files.second, spoiled(second, spec, every=few))
    _write_csv(files.too_broken, spoiled(second[:_BROKEN_ROWS], spec, every=_MANY))
    whole = gzip.compress(files.first.read_bytes(), mtime=0)
    files.cut_off.write_bytes(whole[: len(whole) // 2])
    # From all over the file: neighbours are often alike.
    apart = second[:: max(len(second) // _SAMPLE_ROWS, 1)][:_SAMPLE_ROWS]
    _write_csv(files.sample, _without(spec, apart))
    return files


def _without(spec: ModelSpec, rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        yield {name: cell for name, cell in row.items() if name in spec.features or name == spec.entity}


def _write_csv(path: Path, rows: Iterable[Row]) -> None:
    given = iter(rows)
    first = next(given)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(first), lineterminator="\n")
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(given)
