"""Closed intervals for rates and means of groups, and for the difference between two groups.

Not the bootstrap: the rows of two groups are two samples, so formulas do, and where none or all of a group's
30 rows count, a bootstrap would see no spread at all. Wilson's (1927) interval of a proportion and Student's
of a mean; their difference by Newcombe's (1998) method, which Zou & Donner (2008) carry over to any two
estimates with intervals of their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tideline.domain.evaluation.arrays import Doubles
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.inference.proportions import wilson_interval
from tideline.domain.evaluation.inference.significance import student_quantile


@dataclass(frozen=True, eq=False)
class GroupSample:
    """What each row of a group counts as, shape ``(n,)``; a rate's rows are 0 or 1."""

    values: Doubles
    is_rate: bool

    @property
    def estimate(self) -> float:
        """The rate or the mean."""
        return float(self.values.mean())

    def interval(self, *, confidence: float) -> Interval:
        """Return the two-sided interval."""
        low, high = self.bounds(tail=(1 - confidence) / 2)
        return Interval(
            estimate=self.estimate,
            low=low,
            high=high,
            confidence=confidence,
            resamples=0,
            rows=len(self.values),
        )

    def bounds(self, *, tail: float) -> tuple[float, float]:
        """Return the bounds that leave `tail` beyond each; there must be two rows or more for a mean."""
        return self._wilson(tail) if self.is_rate else self._student(tail)

    def _wilson(self, tail: float) -> tuple[float, float]:
        hits = round(float(self.values.sum()))
        interval = wilson_interval(hits, len(self.values), confidence=1 - 2 * tail)
        return interval.low, interval.high

    def _student(self, tail: float) -> tuple[float, float]:
        rows = len(self.values)
        error = float(self.values.std(ddof=1)) / math.sqrt(rows)
        reach = student_quantile(1 - tail, freedom=rows - 1) * error
        return self.estimate - reach, self.estimate + reach


def gap_interval(higher: GroupSample, lower: GroupSample, *, confidence: float, pairs: int) -> Interval:
    """Return the interval of higher minus lower.

    Args:
        higher: The group with the highest estimate of all.
        lower: The one with the lowest.
        confidence: That all pairs' intervals hold at once.
        pairs: Of how many pairs this is the widest: each bound is Bonferroni-corrected, for the most extreme
            of many groups differ by chance alone.
    """
    tail = (1 - confidence) / 2 / pairs
    (low_1, high_1), (low_2, high_2) = higher.bounds(tail=tail), lower.bounds(tail=tail)
    gap = higher.estimate - lower.estimate
    return Interval(
        estimate=gap,
        low=gap - math.hypot(higher.estimate - low_1, high_2 - lower.estimate),
        high=gap + math.hypot(high_1 - higher.estimate, lower.estimate - low_2),
        confidence=confidence,
        resamples=0,
        rows=len(higher.values) + len(lower.values),
    )
