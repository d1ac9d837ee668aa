"""The interval of a share of rows, in closed form."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from tideline.domain.evaluation.inference.interval import Interval


def wilson_interval(hits: int, rows: int, *, confidence: float) -> Interval:
    """Return the share of `hits` among `rows` with its score interval (Wilson 1927).

    Wilson's rather than the usual plus and minus two standard errors: that one has no width at shares of 0
    and 1, and covers far less than it says in small groups (Brown, Cai & DasGupta 2001).

    Args:
        hits: From 0 to `rows`.
        rows: At least 1.
        confidence: Such as 0.95.

    Returns:
        An interval with no resamples behind it.

    Raises:
        ValueError: if there are no rows, or more hits than rows.
    """
    if not 0 <= hits <= rows or rows == 0:
        raise ValueError(f"{hits} of {rows} rows is no share")
    z2, share = NormalDist().inv_cdf((1 + confidence) / 2) ** 2, hits / rows
    middle = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = sqrt(z2 * (share * (1 - share) / rows + z2 / (4 * rows * rows))) / (1 + z2 / rows)
    return Interval(
        estimate=share,
        # At the ends the formula gives 0 and 1 but for rounding.
        low=0.0 if hits == 0 else middle - half,
        high=1.0 if hits == rows else middle + half,
        confidence=confidence,
        resamples=0,
        rows=rows,
    )
