"""Tails and quantiles that tests need, and Holm's correction; SciPy is not in the layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

_NORMAL = NormalDist()


def student_cdf(t: float, *, freedom: float) -> float:
    """Return P(T <= t) for Student's distribution.

    Wallace's (1959) transformation to a normal quantile, within 0.001 of the truth from 5 degrees of freedom
    on and closer in the tails.
    """
    scale = (8 * freedom + 1) / (8 * freedom + 3)
    normal = scale * math.sqrt(freedom * math.log1p(t * t / freedom))
    return _NORMAL.cdf(math.copysign(normal, t))


def student_quantile(share: float, *, freedom: float) -> float:
    """Return t with P(T <= t) = share: the inverse of `student_cdf`."""
    scale = (8 * freedom + 1) / (8 * freedom + 3)
    normal = _NORMAL.inv_cdf(share)
    t = math.sqrt(freedom * math.expm1((normal / scale) ** 2 / freedom))
    return math.copysign(t, normal)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for being a family, in the same order (Holm 1979).

    Rejecting those at or below alpha is wrong about any of them at a rate of at most alpha, however they
    depend on each other, as slices do that share rows. What is not finite is no test: it stays NaN and does
    not count among the family.
    """
    tested = [place for place, p_value in enumerate(p_values) if math.isfinite(p_value)]
    order = sorted(tested, key=lambda place: p_values[place])
    adjusted, largest = [math.nan] * len(p_values), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted
