"""The champion on a candidate's holdout: whether the two compare, and how it takes the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding
from tideline.domain.release.deployment import Signature

# The cause goes into an event and a log line.
_SHOWN = 5


@dataclass(frozen=True)
class ChampionRows:
    """The holdout as the champion takes it, by feature, shape ``(n,)`` each.

    Attributes:
        missing: Features of the champion that the holdout lacks or has as another type; all passed as
            missing.
    """

    columns: Mapping[str, NDArray[Any]]
    missing: tuple[str, ...]


def why_not_comparable(
    signature: Signature, *, champion_spec: ModelSpec, spec: ModelSpec, encoding: Encoding
) -> str | None:
    """Return why a champion's answers mean something else than the candidate's, or None."""
    if signature.task != spec.task:
        return f"its task is {signature.task}, not {spec.task}"
    if champion_spec.target != spec.target:
        return f"its target is {champion_spec.target!r}, not {spec.target!r}"
    theirs, ours = signature.classes or (), encoding.classes
    # Of a binary task only the positive class counts: the other one's name depends on the data.
    if spec.task == "binary" and theirs[1:] != ours[1:]:
        return f"its positive class is {_listed(theirs[1:])}, not {_listed(ours[1:])}"
    if spec.task == "multiclass" and theirs != ours:
        return f"its classes are {_listed(theirs)}, not {_listed(ours)}"
    return None


def rows_for_champion(
    signature: Signature, *, columns: Mapping[str, NDArray[Any]], encoding: Encoding, rows: int
) -> ChampionRows:
    """Return the same rows under the champion's features."""
    types = {feature.name: feature.type for feature in encoding.features}
    missing = tuple(f.name for f in signature.features if types.get(f.name) != f.type)
    filler = {"number": np.full(rows, np.nan, dtype=np.float32), "category": np.full(rows, "")}
    taken = {
        feature.name: filler[feature.type] if feature.name in missing else columns[feature.name]
        for feature in signature.features
    }
    return ChampionRows(columns=taken, missing=missing)


def _listed(classes: tuple[str, ...]) -> str:
    shown = ", ".join(repr(name[:40]) for name in classes[:_SHOWN])
    more = len(classes) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
