"""An estimate with its interval, as reports keep it."""

from __future__ import annotations

from tideline.domain.value import Value


class Interval(Value):
    """An estimate and its two-sided interval.

    Attributes:
        confidence: Of the interval, such as 0.95: half the rest lies beyond each bound.
        resamples: Bootstrap resamples behind the bounds; 0 where a formula gives them.
        rows: Rows behind the estimate.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    resamples: int
    rows: int
