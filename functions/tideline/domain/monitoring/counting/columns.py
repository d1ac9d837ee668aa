"""Counting what arrived and what was answered, over bins that the reference has fixed: the hot path.

Counts of parts add up to the counts of the whole, bit for bit: a value's bin depends on nothing but the value
and the reference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from tideline.domain.evaluation.arrays import Flags, FloatArray
from tideline.domain.monitoring.counting.counts import (
    LATENCY_EDGES_MS,
    CategoryCounts,
    NumberCounts,
    OutputCounts,
)
from tideline.domain.monitoring.counting.score_bins import score_counts
from tideline.domain.training.profile import CategoryProfile, NumberProfile

# Sorting a block that fits the processor's cache and looking the edges up in it, as `numpy.histogram` does,
# took a fifth of the time of looking each value up among the edges. A uniform grid over the edges was as fast
# on even columns, and up to twice as slow on heavy tails and on few different values.
_BLOCK = 65_536


def count_numbers(profile: NumberProfile, values: NDArray[np.float32]) -> NumberCounts:
    """Count a column over the bins of its reference.

    Args:
        profile: The reference; where all its values were missing it has no edges, and every value falls in
            the one bin there is, neither below nor above anything.
        values: Shape ``(n,)``; NaN is missing, infinite values are beyond the reference. Other precisions
            are rounded to float32 first, which is how models see numbers.
    """
    if profile.min is None or profile.max is None:
        missing = int(np.isnan(values).sum())
        return NumberCounts(missing=missing, counts=(len(values) - missing,))
    smallest = np.float32(profile.min)
    bounds = np.array([*profile.edges, profile.max, np.inf], dtype=np.float32)
    upto, below = np.zeros(len(bounds), dtype=np.int64), 0
    for start in range(0, len(values), _BLOCK):
        with np.errstate(over="ignore"):
            block = np.array(values[start : start + _BLOCK], dtype=np.float32)
        block.sort()
        upto += block.searchsorted(bounds, side="right")
        below += int(block.searchsorted(smallest, side="left"))
    present, within = int(upto[-1]), int(upto[-2])
    return NumberCounts(
        missing=len(values) - present,
        below=below,
        above=present - within,
        counts=tuple(np.diff(upto[:-2], prepend=0, append=present).tolist()),
    )


def count_categories(profile: CategoryProfile, values: Mapping[str, int], *, missing: int) -> CategoryCounts:
    """Count a column of texts, given by the rows of each value, over the values of its reference."""
    counts = tuple(int(values.get(value, 0)) for value in profile.counts)
    return CategoryCounts(missing=missing, counts=counts, other=int(sum(values.values())) - sum(counts))


def count_scores(scores: FloatArray, named: Flags) -> OutputCounts:
    """Count the probabilities of one class, and those of the rows whose answer was this class.

    Args:
        scores: Shape ``(n,)``; NaN is in no bin.
        named: Shape ``(n,)``.
    """
    known = ~np.isnan(scores)
    return OutputCounts(
        scores=tuple(score_counts(scores[known]).tolist()),
        named=tuple(score_counts(scores[known & named]).tolist()),
    )


def count_latencies(latencies_ms: FloatArray | Sequence[float]) -> tuple[int, ...]:
    """Count calls over `LATENCY_EDGES_MS`: bins include their upper bounds, the last has none."""
    places = np.searchsorted(LATENCY_EDGES_MS, np.asarray(latencies_ms, dtype=np.float64), side="left")
    return tuple(np.bincount(places, minlength=len(LATENCY_EDGES_MS) + 1).tolist())


def percentile_ms(latencies: Sequence[int], share: float) -> float | None:
    """Return a latency that at least a share of the calls did not exceed: the upper bound of a bin.

    None without calls. Where it lies in the last bin, which has no upper bound, it is that bin's lower one.
    """
    upto = list(accumulate(latencies))
    if not upto or not upto[-1]:
        return None
    rank = max(1, math.ceil(share * upto[-1]))
    place = next(place for place, calls in enumerate(upto) if calls >= rank)
    return LATENCY_EDGES_MS[min(place, len(LATENCY_EDGES_MS) - 1)]
