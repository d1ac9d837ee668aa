"""Upper tails of the distributions that tests of drift need; SciPy is not in the layer."""

from __future__ import annotations

import math
from itertools import cycle

# More than enough: terms fall as exp(-2 k^2 x^2), or as exp(-(2k - 1)^2 pi^2 / 8 x^2).
_SERIES = range(1, 21)
# Below it the other series, of theta functions, is the one that converges quickly.
_SMALL = 1.18


def chi_squared_tail(statistic: float, *, freedom: int) -> float:
    """Return P(X >= statistic) of chi-squared with a whole number of degrees of freedom, at least 1.

    Exact: the recurrence of the incomplete gamma function by whole steps (Abramowitz & Stegun 1964, 26.4.4
    and 26.4.5), each term by its logarithm.
    """
    half = statistic / 2
    if half <= 0:
        return 1.0
    start = 0.5 if freedom % 2 else 0.0
    terms = [
        math.exp((start + step) * math.log(half) - half - math.lgamma(start + step + 1))
        for step in range(freedom // 2)
    ]
    return min(1.0, math.fsum(terms) + (math.erfc(math.sqrt(half)) if freedom % 2 else 0.0))


def kolmogorov_tail(statistic: float) -> float:
    """Return P(K >= statistic) of Kolmogorov's limiting distribution (Kolmogorov 1933; Smirnov 1948)."""
    if statistic <= 0:
        return 1.0
    if statistic < _SMALL:
        base = math.pi**2 / (8 * statistic**2)
        within = sum(math.exp(-((2 * k - 1) ** 2) * base) for k in _SERIES)
        return 1.0 - math.sqrt(2 * math.pi) / statistic * within
    signs = cycle((2.0, -2.0))
    return math.fsum(
        sign * math.exp(-2 * (k * statistic) ** 2) for k, sign in zip(_SERIES, signs, strict=False)
    )
