"""Rows to score, from CSV or JSON Lines, a few at a time."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cli.errors import UsageFault
from tideline.domain.release.deployment import Signature

# As many as the endpoint takes in one call; see `tideline.serving.requests`.
MAX_INSTANCES = 1_000
_LONGEST_CELL = 10_000_000


@dataclass(frozen=True)
class Row:
    """One row of a file: its number, counted from 1, the header not, and its cells by name."""

    number: int
    cells: Mapping[str, Any]


def read_rows(lines: Iterable[str], *, name: str) -> Iterator[Row]:
    """Yield the rows of a text, whose first line tells its format.

    Raises:
        UsageFault: empty, or a row that cannot be taken apart, named by its line.
    """
    given = iter(lines)
    first = next((line for line in given if line.strip("\ufeff \t\r\n")), None)
    if first is None:
        raise UsageFault(f"{name} is empty")
    whole = itertools.chain([first.removeprefix("\ufeff")], given)
    if first.lstrip("\ufeff \t").startswith("{"):
        return _json_rows(whole, name)
    if first.lstrip("\ufeff \t").startswith("["):
        raise UsageFault(f"{name} holds a JSON array; JSON Lines has one object a line: jq -c '.[]'")
    return _csv_rows(whole, name)


def instance(row: Row, signature: Signature) -> dict[str, Any]:
    """Return what the endpoint is sent of a row: features and entity, each in its type.

    A cell that is no number where one is wanted goes out as it stands, for the endpoint to name it.
    """
    wanted = {feature.name: feature.type for feature in signature.features}
    if signature.entity is not None:
        wanted.setdefault(signature.entity, "category")
    return {
        name: _typed(row.cells[name], kind)
        for name, kind in wanted.items()
        if name in row.cells and not _missing(row.cells[name])
    }


def ignored(row: Row, signature: Signature) -> list[str]:
    """Return the columns of a row that the model does not take."""
    known = {feature.name for feature in signature.features} | {signature.entity}
    return [name for name in row.cells if name not in known]


def chunks(rows: Iterable[Row], *, size: int = MAX_INSTANCES) -> Iterator[list[Row]]:
    """Yield rows in lists of at most `size`."""
    given = iter(rows)
    while chunk := list(itertools.islice(given, size)):
        yield chunk


def _json_rows(lines: Iterable[str], name: str) -> Iterator[Row]:
    number = 0
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as exc:
            raise UsageFault(f"{name}, line {place}: not JSON: {exc}") from exc
        if not isinstance(value, dict):
            raise UsageFault(f"{name}, line {place}: a row is an object of columns and values")
        number += 1
        yield Row(number, value)


def _csv_rows(lines: Iterable[str], name: str) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(lines, strict=True)
    try:
        names = [column.strip() for column in next(reader)]
        for number, cells in enumerate((row for row in reader if row), start=1):
            if len(cells) != len(names):
                raise UsageFault(
                    f"{name}, row {number}: {len(cells)} cells, but {len(names)} columns in the header"
                )
            yield Row(number, dict(zip(names, cells, strict=True)))
    except csv.Error as exc:
        raise UsageFault(f"{name}, line {reader.line_num}: {exc}") from exc


def _missing(value: object) -> bool:
    return value is None or value == ""


def _typed(value: Any, kind: str) -> Any:
    if kind == "category":
        return value if isinstance(value, str | bool | int) else str(value)
    if not isinstance(value, str):
        return value
    try:
        number = float(value) if "_" not in value else None
    except ValueError:
        number = None
    finite = number is not None and abs(number) != float("inf") and number == number  # noqa: PLR0124 NaN
    return number if finite else value
