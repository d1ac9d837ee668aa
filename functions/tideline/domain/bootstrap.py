"""Seeded bootstrap intervals of metrics, and of differences between metrics on the same rows.

Percentile intervals (Efron & Tibshirani 1993, ch. 13), not BCa (ch. 14; DiCiccio & Efron 1996): a holdout
has hundreds of rows or more, where the two agree to well within the simulation error of a thousand
resamples; the percentile interval never leaves a metric's range, is carried along by a monotone change of
scale (MSE to RMSE), and stays defined when every resample gives the same value, as two equal models do,
where BCa's bias correction is the normal quantile of 0. Classification resamples within each class: the
class balance of a holdout is given, and no resample loses a class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tideline.domain.arrays import FloatArray, IndexArray, Statistic
from tideline.domain.metrics import evaluate
from tideline.domain.value import Value

# Puts the Monte Carlo error of a 95 % bound at 6 % of a standard error.
RESAMPLES = 2_000
# Weights held at a time: 4 MB, within the second-level cache of a server processor.
_BLOCK = 1 << 19


class Interval(Value):
    """An estimate and its two-sided interval.

    Attributes:
        confidence: Of the interval, such as 0.95: half the rest lies beyond each bound.
        resamples: Bootstrap resamples behind the bounds.
        n: Rows behind the estimate.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    resamples: int
    n: int


@dataclass(frozen=True, eq=False)
class Replicates:
    """A metric's value on all rows, and on every resample of them, shape ``(resamples,)``."""

    estimate: float
    values: FloatArray
    n: int

    def minus(self, other: Replicates) -> Replicates:
        """Return the paired difference: both must come from the same call of `replicate`."""
        return Replicates(self.estimate - other.estimate, self.values - other.values, self.n)

    def interval(self, *, confidence: float) -> Interval | None:
        """Return the percentile interval, or None where the metric is undefined on these rows."""
        if not (np.isfinite(self.estimate) and np.isfinite(self.values).all()):
            return None
        tail = (1 - confidence) / 2
        low, high = np.quantile(self.values, [tail, 1 - tail])
        return Interval(
            estimate=self.estimate, low=float(low), high=float(high), confidence=confidence,
            resamples=len(self.values), n=self.n,
        )


def replicate(
    statistics: Mapping[str, Statistic], *, strata: IndexArray, seed: int, resamples: int = RESAMPLES
) -> dict[str, Replicates]:
    """Evaluate statistics on the same resamples of the same rows.

    Args:
        statistics: By any names the caller likes: one model's metrics, or several models'.
        strata: Stratum of each row, shape ``(n,)``; each keeps its number of rows in every resample.
        seed: Same seed, same strata: same resamples.
        resamples: How many.
    """
    blocks = [
        [statistic(weights) for statistic in statistics.values()]
        for weights in resample_weights(strata, seed=seed, resamples=resamples)
    ]
    rows = len(strata)
    return {
        name: Replicates(evaluate(statistic, rows=rows), np.concatenate(values), rows)
        for (name, statistic), values in zip(statistics.items(), zip(*blocks, strict=True), strict=True)
    }


def resample_weights(strata: IndexArray, *, seed: int, resamples: int) -> Iterator[FloatArray]:
    """Yield blocks of row counts, each of shape ``(b, n)``, that add up to `resamples` rows."""
    random = np.random.default_rng(seed)
    members = [np.flatnonzero(strata == one) for one in np.unique(strata)]
    at_once = max(1, _BLOCK // len(strata))
    for start in range(0, resamples, at_once):
        weights = np.empty((min(at_once, resamples - start), len(strata)))
        for rows in members:
            weights[:, rows] = _draw(random, size=len(rows), times=len(weights))
        yield weights


def _draw(random: np.random.Generator, *, size: int, times: int) -> FloatArray:
    """Draw `size` of `size` rows with replacement, `times` over; return counts."""
    drawn = random.integers(size, size=(times, size))
    drawn += np.arange(times)[:, None] * size
    return np.bincount(drawn.ravel(), minlength=times * size).reshape(times, size).astype(float)
