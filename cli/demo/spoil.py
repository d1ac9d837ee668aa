"""Break rows on purpose, in the ways in which real ones are broken."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tideline.domain.contract.spec import ModelSpec

Row = Mapping[str, str]


class Damage(NamedTuple):
    """One way to break a row: put `value` into `column`."""

    column: str
    value: str


def damages(spec: ModelSpec) -> tuple[Damage, ...]:
    """Return ways to break a row under a spec; each alone makes it a bad one."""
    found = [Damage(spec.target, "")]
    for name, feature in spec.features.items():
        if feature.type == "number":
            found.append(Damage(name, "many"))
            if feature.max is not None:
                found.append(Damage(name, f"{feature.max * 10 + 1:g}"))
        elif feature.values is not None:
            found.append(Damage(name, "unheard-of"))
        if feature.required:
            found.append(Damage(name, ""))
    return tuple(found)


def spoiled(rows: Iterable[Row], spec: ModelSpec, *, every: int) -> Iterator[Row]:
    """Yield the rows, every so many-th of them broken, each in another way."""
    ways = itertools.cycle(damages(spec))
    for number, row in enumerate(rows, start=1):
        if number % every:
            yield row
        else:
            column, value = next(ways)
            yield {**row, column: value}
