"""The files of the story: three drops, one with too many broken rows, one cut off, and rows to ask about."""

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
# Callers of another kind: as many as a look at a live model asks for by default, twice over.
_TRAFFIC_ROWS = 1_000
# What comes by the end of the first drop and of the second.
_TENTHS = (5, 7)
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
        third: The third drop: rows of another kind than those before.
        traffic: Some of its rows, without the target: what callers ask before their outcomes are known.
        target: Name of the target, and `outcomes` its values for the rows of the traffic.
    """

    spec: bytes
    first: Path
    second: Path
    broken_rows: int
    too_broken: Path
    cut_off: Path
    sample: Path
    third: Path
    traffic: Path
    target: str
    outcomes: tuple[str, ...]


def example_files(folder: Path, *, model: str) -> Files:
    """Write the story's files from the RAND experiment."""
    rows = list(rand_rows())
    text = EXAMPLE.read_text(encoding="utf-8").replace(f"model: {EXAMPLE_MODEL}", f"model: {model}")
    drops = [[row for row, drop in rows if drop == number] for number in range(3)]
    return _write(folder, text.encode(), drops, model=model)


def own_files(folder: Path, *, model: str, data: Path, target: str) -> Files:
    """Write the story's files from somebody's own data.

    It is cut by time; without one, those with the largest values of one feature come last.
    """
    sketch = make_sketch(data, model=model, target=target)
    with opened(data) as (connection, names):
        order = _order(sketch.time, read_spec(sketch.text.encode(), model=model))
        cursor = connection.execute(f"SELECT * FROM rows {order}")  # noqa: S608 a column's name, from the file
        rows = [
            {name: "" if cell is None else str(cell) for name, cell in zip(names, row, strict=True)}
            for row in cursor.fetchall()
        ]
    if len(rows) < _LEAST_ROWS:
        raise CliError(f"{data.name} has {len(rows)} rows; the story needs at least {_LEAST_ROWS}")
    one, two = (len(rows) * tenths // 10 for tenths in _TENTHS)
    return _write(folder, sketch.text.encode(), [rows[:one], rows[one:two], rows[two:]], model=model)


def _order(time: str | None, spec: ModelSpec) -> str:
    """Return in which order somebody's rows come."""
    if time:
        return f'ORDER BY "{time}"'
    number = next((name for name, rule in spec.features.items() if rule.type == "number"), None)
    shifted = f'TRY_CAST("{number}" AS DOUBLE)' if number else "hash(rowid)"
    # The rows of another kind come last, those before them by chance.
    place = f"row_number() OVER (ORDER BY {shifted} NULLS FIRST, hash(rowid))"
    return f"ORDER BY {place} > {_TENTHS[1]} * (count(*) OVER ()) // 10, hash(rowid)"


def _write(folder: Path, text: bytes, drops: Sequence[Sequence[Row]], *, model: str) -> Files:
    folder.mkdir(parents=True, exist_ok=True)
    first, second, third = drops
    asked = _apart(third, _TRAFFIC_ROWS)
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
        third=folder / "third.csv",
        traffic=folder / "traffic.csv",
        target=spec.target,
        outcomes=tuple(row[spec.target] for row in asked),
    )
    (folder / "model.yaml").write_bytes(text)
    _write_csv(files.first, first)
    _write_csv(files.second, spoiled(second, spec, every=few))
    _write_csv(files.too_broken, spoiled(second[:_BROKEN_ROWS], spec, every=_MANY))
    whole = gzip.compress(files.first.read_bytes(), mtime=0)
    files.cut_off.write_bytes(whole[: len(whole) // 2])
    _write_csv(files.third, third)
    _write_csv(files.sample, _without(spec, _apart(second, _SAMPLE_ROWS)))
    _write_csv(files.traffic, _without(spec, asked))
    return files


def _apart(rows: Sequence[Row], many: int) -> Sequence[Row]:
    """Return rows from all over a file: neighbours are often alike."""
    return rows[:: max(len(rows) // many, 1)][:many]


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
