"""Columns as bins of their reference: the bins or counted values, then the other values, then missing ones.

Rows, reference and windows are put in the same order of bins here, so that a sum over a feature's bins is one
product of arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.evaluation.arrays import Doubles, IndexArray
from tideline.domain.monitoring.counting.counts import ColumnCounts, NumberCounts
from tideline.domain.training.profile import ColumnProfile, NumberProfile


def bins_of(profile: ColumnProfile) -> int:
    """Return how many bins a column has, those for other and for missing values not counted."""
    return len(profile.edges) + 1 if isinstance(profile, NumberProfile) else len(profile.counts)


def row_bins(values: NDArray[Any], profile: ColumnProfile) -> IndexArray:
    """Return the bin of each row, shape ``(n,)``; `bins_of` is that of other values, one more of missing.

    Args:
        values: Raw values: float32 with NaN for missing, or texts with an empty one for missing.
        profile: The column's reference.
    """
    bins = bins_of(profile)
    if isinstance(profile, NumberProfile):
        numbers = values.astype(np.float32)
        found = np.searchsorted(np.array(profile.edges, dtype=np.float32), numbers, side="left")
        return np.where(np.isnan(numbers), bins + 1, found).astype(np.intp)
    places = {value: place for place, value in enumerate(profile.counts)} | {"": bins + 1}
    unique, inverse = np.unique(values.astype(np.str_), return_inverse=True)
    of_unique = np.array([places.get(str(value), bins) for value in unique], dtype=np.intp)
    return of_unique[inverse]


def profile_rows(profile: ColumnProfile) -> Doubles:
    """Return the reference's rows in each bin, shape ``(bins + 2,)``."""
    if isinstance(profile, NumberProfile):
        return np.array([*(profile.counts or (0,)), 0, profile.missing], dtype=np.float64)
    return np.array([*profile.counts.values(), profile.other, profile.missing], dtype=np.float64)


def window_rows(counts: ColumnCounts) -> Doubles:
    """Return a window's rows in each bin, shape ``(bins + 2,)``."""
    other = 0 if isinstance(counts, NumberCounts) else counts.other
    return np.array([*counts.counts, other, counts.missing], dtype=np.float64)


def shares(rows: Doubles) -> Doubles:
    """Return rows as shares of all; zeros where there are none."""
    total = rows.sum()
    return rows / total if total else np.zeros_like(rows)
