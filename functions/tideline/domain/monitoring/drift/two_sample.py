"""Do a window and its reference come from one distribution? Tests on counts, one for each kind of column.

A p-value tells how often rows that are drawn one by one from the reference would look as different as these.
Rows that depend on each other (the same customer again, the same hour's weather) carry less than their number
says, so p-values of live traffic are too small, however exact the test is; a small one alone is no drift.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tideline.domain.evaluation.arrays import Doubles
from tideline.domain.monitoring.drift.tails import chi_squared_tail, kolmogorov_tail

# Cochran (1954): the chi-squared distribution holds where cells are expected to have 5 rows or more.
LEAST_EXPECTED = 5.0
# Where the smallest cell is expected to have so many, chi-squared is as good as the exact test, and quicker.
_MANY_EXPECTED = 100.0
# Any number; a fixed one, so that the same counts give the same p-value.
_LOTS = 1954


@dataclass(frozen=True)
class TestResult:
    """What a test found."""

    # Not a test that pytest should collect.
    __test__ = False

    test: Literal["ks", "chi_squared"]
    statistic: float
    p_value: float


def kolmogorov_smirnov(reference: Sequence[int], current: Sequence[int]) -> TestResult | None:
    """Test numbers, from their rows in the same ordered bins; None where a side has no rows.

    The distance is the largest one at the bins' bounds, which is at most the largest one anywhere. Its
    p-value is Kolmogorov's limit with Stephens' (1970) correction for finite rows, as Press et al. (2007),
    Numerical Recipes, 14.3.3, use it for two samples. Both bins and values that repeat make it cautious:
    the p-value is never too small for that.
    """
    then, now = np.cumsum(reference, dtype=np.float64), np.cumsum(current, dtype=np.float64)
    if not then[-1] or not now[-1]:
        return None
    distance = float(np.abs(then / then[-1] - now / now[-1]).max())
    root = math.sqrt(then[-1] * now[-1] / (then[-1] + now[-1]))
    return TestResult("ks", distance, kolmogorov_tail((root + 0.12 + 0.11 / root) * distance))


def homogeneity(reference: Sequence[int], current: Sequence[int]) -> TestResult | None:
    """Test categories, from the rows of each; None where a side has no rows.

    Pearson's chi-squared. Cells that are expected to have fewer than `LEAST_EXPECTED` rows on either side are
    taken together, the rarest first, until they have as many; where one cell is left nothing can be told, and
    the p-value is 1.
    """
    cells = np.array([reference, current], dtype=np.float64)
    if not cells.sum(axis=1).all():
        return None
    cells = _pooled(cells)
    freedom = cells.shape[1] - 1
    statistic = _pearson(cells)
    return TestResult(
        "chi_squared", statistic, chi_squared_tail(statistic, freedom=freedom) if freedom else 1
    )


def same_rate(reference: tuple[int, int], current: tuple[int, int]) -> TestResult | None:
    """Test how often something rare happens; None where a side has no rows.

    Fisher's (1935) exact test, two-sided: the share of all tables with these sums that are no more likely
    than this one. Chi-squared where every cell is expected to have many rows. The statistic told is
    Pearson's in both cases.

    Args:
        reference: Rows where it happened, and all rows.
        current: The same of the window.
    """
    (was, before), (is_now, rows) = reference, current
    if not before or not rows:
        return None
    happened, total = was + is_now, before + rows
    if happened in (0, total):
        return TestResult("chi_squared", 0.0, 1.0)
    statistic = _pearson(np.array([[was, before - was], [is_now, rows - is_now]], dtype=np.float64))
    if min(happened, total - happened) * min(before, rows) >= _MANY_EXPECTED * total:
        return TestResult("chi_squared", statistic, chi_squared_tail(statistic, freedom=1))
    return TestResult("chi_squared", statistic, _fisher(is_now, rows, happened, total))


def strongest(results: Sequence[TestResult | None]) -> TestResult | None:
    """Return the result with the smallest p-value, corrected for having been chosen (Bonferroni)."""
    made = [result for result in results if result]
    if not made:
        return None
    best = min(made, key=lambda result: result.p_value)
    return TestResult(best.test, best.statistic, min(1.0, len(made) * best.p_value))


def _pearson(cells: Doubles) -> float:
    expected = cells.sum(axis=1, keepdims=True) * cells.sum(axis=0) / cells.sum()
    return float(((cells - expected) ** 2 / expected).sum())


def _pooled(cells: Doubles) -> Doubles:
    """Return the cells with small ones taken together.

    Which ones is decided by the rows of both sides together, which say nothing of a difference, and among
    equals by lot: their own order is of how frequent they are in the reference, so that neighbours would be
    rare in the window together, and the test would find that.
    """
    cells = cells[:, cells.sum(axis=0) > 0]
    lots = np.random.default_rng(_LOTS).permutation(cells.shape[1])
    cells = cells[:, np.lexsort((lots, cells.sum(axis=0)))]
    sums = cells.sum(axis=0)
    least = LEAST_EXPECTED * sums.sum() / cells.sum(axis=1).min()
    starts, held = [0], 0.0
    for place, rows in enumerate(sums):
        if held >= least:
            starts.append(place)
            held = 0.0
        held += rows
    if held < least and len(starts) > 1:
        starts.pop()
    pooled: Doubles = np.add.reduceat(cells, starts, axis=1)
    return pooled


def _fisher(hits: int, rows: int, happened: int, total: int) -> float:
    """Sum the hypergeometric distribution over tables that are no more likely than this one."""
    low, high = max(0, rows - (total - happened)), min(rows, happened)
    step = np.arange(low, high, dtype=np.float64)
    growth = (happened - step) * (rows - step) / ((step + 1) * (total - happened - rows + step + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(growth))])
    likely = np.exp(logs - logs.max())
    # Tables that are as likely as this one are equal only up to rounding.
    as_rare = likely <= likely[hits - low] * (1 + 1e-7)
    return float(min(1.0, likely[as_rare].sum() / likely.sum()))
