"""Metrics on seeded resamples of the same rows: what intervals and paired comparisons are made from.

Classification resamples within each class: the class balance of a holdout is given, and no resample
loses a class.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, IndexArray, Statistic
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.inference.intervals import bca_interval
from tideline.domain.evaluation.measures.metrics import evaluate

# Puts the Monte Carlo error of a 95 % bound at 6 % of a standard error.
RESAMPLES = 2_000
# Beyond 200,000 rows fewer resamples keep the time bounded, down to where a bound is off by 14 % of a
# standard error, which is itself tiny by then.
_MOST_DRAWS = 400_000_000
_FEWEST_RESAMPLES = 400
# Groups of the jackknife over all strata: finds the acceleration within 0.003, and one row a group is
# not affordable with tens of thousands.
_JACKKNIFE_GROUPS = 200
# Weights held at a time: 2 MB, within the second-level cache of a server processor.
_BLOCK = 1 << 18

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Replicates:
    """A metric on all rows, and on every resample of them.

    Attributes:
        estimate: On all rows; NaN where it is undefined.
        values: On each resample, shape ``(resamples,)``.
        influence: What each of some groups of rows adds to the estimate, shape ``(groups,)``.
        rows: How many rows there are.
    """

    estimate: float
    values: Doubles
    influence: Doubles
    rows: int

    def minus(self, other: Replicates) -> Replicates:
        """Return the paired difference; both must come from one call of `replicate`."""
        return Replicates(
            estimate=self.estimate - other.estimate,
            values=self.values - other.values,
            influence=self.influence - other.influence,
            rows=self.rows,
        )

    def interval(self, *, confidence: float) -> Interval | None:
        """Return the two-sided interval, or None where the metric is undefined on these rows."""
        if not np.isfinite(self.estimate):
            return None
        low, high = bca_interval(self.estimate, self.values, self.influence, confidence=confidence)
        return Interval(
            estimate=self.estimate,
            low=low,
            high=high,
            confidence=confidence,
            resamples=len(self.values),
            rows=self.rows,
        )


def affordable_resamples(rows: int) -> int:
    """Return how many resamples a holdout of this size gets."""
    return min(RESAMPLES, max(_FEWEST_RESAMPLES, _MOST_DRAWS // max(rows, 1)))


def replicate(
    statistics: Mapping[Name, Statistic], *, strata: IndexArray, seed: int, resamples: int
) -> dict[Name, Replicates]:
    """Evaluate statistics on the same resamples of the same rows.

    Args:
        statistics: By any names the caller likes: one model's metrics, or several models'.
        strata: Stratum of each row, shape ``(n,)``; each keeps its number of rows in every resample.
        seed: Same seed, same strata: same resamples.
        resamples: How many.
    """
    values = _over(statistics, resample_weights(strata, seed=seed, resamples=resamples))
    influences = _influences(statistics, strata)
    rows = len(strata)
    return {
        name: Replicates(evaluate(statistic, rows=rows), values[name], influences[name], rows)
        for name, statistic in statistics.items()
    }


def resample_weights(strata: IndexArray, *, seed: int, resamples: int) -> Iterator[Doubles]:
    """Yield blocks of row counts, each of shape ``(b, n)``, that together have `resamples` rows."""
    random = np.random.default_rng(seed)
    members = _members(strata)
    at_once = max(1, _BLOCK // len(strata))
    for start in range(0, resamples, at_once):
        weights = np.empty((min(at_once, resamples - start), len(strata)))
        for rows in members:
            weights[:, rows] = _draw(random, size=len(rows), times=len(weights))
        yield weights


def _draw(random: np.random.Generator, *, size: int, times: int) -> Doubles:
    """Draw `size` of `size` rows with replacement, `times` over; return counts."""
    drawn = random.integers(size, size=(times, size))
    drawn += np.arange(times)[:, None] * size
    return np.bincount(drawn.ravel(), minlength=times * size).reshape(times, size).astype(np.float64)


def _influences(statistics: Mapping[Name, Statistic], strata: IndexArray) -> dict[Name, Doubles]:
    """Return what each group of rows adds, by leaving it out and letting its stratum stand in for it.

    With m of a stratum's n rows left out and the others weighing n / (n - m), the statistic moves by
    -m / (n - m) times the group's mean influence: times -(n - m) / n that is the group's share.
    """
    members = [rows for rows in _members(strata) if len(rows) > 1]
    most = max(2, _JACKKNIFE_GROUPS // max(len(members), 1))
    parts: dict[Name, list[Doubles]] = {name: [np.zeros(0)] for name in statistics}
    for rows in members:
        groups = min(most, len(rows))
        kept = 1 - np.bincount(np.arange(len(rows)) % groups) / len(rows)
        left_out = _over(statistics, _without_groups(rows, groups=groups, total=len(strata)))
        for name, moved in left_out.items():
            parts[name].append(-kept * (moved - moved.mean()))
    return {name: np.concatenate(part) for name, part in parts.items()}


def _without_groups(rows: IndexArray, *, groups: int, total: int) -> Iterator[Doubles]:
    group_of = np.arange(len(rows)) % groups
    for block in np.array_split(np.arange(groups), -(-groups * total // _BLOCK)):
        stays = group_of != block[:, None]
        weights = np.ones((len(block), total))
        weights[:, rows] = stays * (len(rows) / stays.sum(axis=1, keepdims=True))
        yield weights


def _over(statistics: Mapping[Name, Statistic], blocks: Iterator[Doubles]) -> dict[Name, Doubles]:
    """Evaluate every statistic on every block; each block is made once and thrown away."""
    values: dict[Name, list[Doubles]] = {name: [] for name in statistics}
    for weights in blocks:
        for name, statistic in statistics.items():
            values[name].append(statistic(weights))
    return {name: np.concatenate(each) for name, each in values.items()}


def _members(strata: IndexArray) -> list[IndexArray]:
    return [np.flatnonzero(strata == one) for one in np.unique(strata)]
