"""Slices by one feature that stay the same from the holdout to any window: their bounds are the reference's.

Categories are slices by their value, numbers by the quarters of the training rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.evaluation.arrays import IndexArray
from tideline.domain.training.profile import ColumnProfile, NumberProfile

MISSING = ""
_QUARTERS = ("0.25", "0.5", "0.75")


@dataclass(frozen=True, eq=False)
class ValueSlice:
    """Rows with one value of a feature: "" for missing, of a number such as ``above 28 to 37``."""

    feature: str
    value: str
    rows: IndexArray


def value_slices(
    columns: Mapping[str, NDArray[Any]], features: Mapping[str, ColumnProfile], *, min_rows: int
) -> Iterator[ValueSlice]:
    """Yield the slices that have enough rows, in order of feature and value.

    Args:
        columns: Raw values by name, shape ``(n,)``: texts, numbers with NaN, or objects with None.
        features: Their references; columns without one are left out.
        min_rows: Of a slice.
    """
    for name in sorted(columns.keys() & features.keys()):
        texts = _texts(columns[name], features[name])
        for value in np.unique(texts).tolist():
            rows = np.flatnonzero(texts == value)
            if len(rows) >= min_rows:
                yield ValueSlice(name, value, rows)


def _texts(values: NDArray[Any], profile: ColumnProfile) -> NDArray[np.str_]:
    if not isinstance(profile, NumberProfile):
        return np.array(
            [MISSING if value is None else str(value) for value in values.tolist()], dtype=np.str_
        )
    numbers = _numbers(values)
    bounds = np.unique([profile.quantiles[share] for share in _QUARTERS if share in profile.quantiles])
    names = [*_ranges(bounds.tolist()), MISSING]
    places = np.searchsorted(bounds.astype(np.float32), numbers, side="left")
    return np.array(names, dtype=np.str_)[np.where(np.isnan(numbers), len(names) - 1, places)]


def _numbers(values: NDArray[Any]) -> NDArray[np.float32]:
    plain = [np.nan if value is None else value for value in values.tolist()]
    return np.array(plain, dtype=np.float64).astype(np.float32)


def _ranges(bounds: list[float]) -> list[str]:
    """Return the name of each range: up to the first bound, inclusive, above it up to the next, and so on."""
    if not bounds:
        return ["all"]
    between = [f"above {low:.6g} to {high:.6g}" for low, high in pairwise(bounds)]
    return [f"to {bounds[0]:.6g}", *between, f"above {bounds[-1]:.6g}"]
