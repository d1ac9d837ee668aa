"""How far apart two histograms over the same bins are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tideline.domain.evaluation.arrays import Doubles

# A ten-thousandth of the rows: less than a window of some thousands can tell from none at all. It bounds what
# a bin that one side does not have can add: 5 % of new values make 0.31, and 1 % 0.05.
FLOOR = 1e-4


def population_stability_index(
    reference: Sequence[float], current: Sequence[float], *, floor: float = FLOOR
) -> float:
    """Return the PSI between two histograms over the same bins.

    The sum of Kullback and Leibler's divergences both ways (Jeffreys 1946), in nats; as an index of
    stability of score cards with its usual limits, 0.1 and 0.25, Siddiqi (2006), Credit Risk Scorecards.

    Args:
        reference: Bin shares of the reference, shape ``(n_bins,)``, summing to 1.
        current: Bin shares of the window, same bins and shape.
        floor: Smallest share a bin is taken to hold, so an empty bin stays finite.

    Returns:
        The index, dimensionless, never negative; 0 means identical shares.

    Raises:
        ValueError: if the bin counts differ.
    """
    index = float(population_stability_parts(reference, current, floor=floor).sum())
    return max(0.0, index)


def population_stability_parts(
    reference: Sequence[float], current: Sequence[float], *, floor: float = FLOOR
) -> Doubles:
    """Return what each bin adds to the PSI, shape ``(n_bins,)``, none negative."""
    then, now = _shares(reference, current)
    then, now = np.maximum(then, floor), np.maximum(now, floor)
    parts: Doubles = (now - then) * np.log(now / then)
    return parts


def jensen_shannon_distance(reference: Sequence[float], current: Sequence[float]) -> float:
    """Return the Jensen-Shannon distance, to base 2: 0 for identical shares, 1 for shares without overlap.

    The square root of the divergence (Lin 1991), which makes it a metric (Endres & Schindelin 2003). Empty
    bins need no floor. Raises `ValueError` if the bin counts differ.
    """
    then, now = _shares(reference, current)
    middle = (then + now) / 2
    divergence = (_entropy_parts(then, middle) + _entropy_parts(now, middle)).sum() / 2
    return float(np.sqrt(min(1.0, max(0.0, float(divergence)))))


def _entropy_parts(shares: Doubles, middle: Doubles) -> Doubles:
    # A share so small that half of it is 0 adds nothing either.
    held = (shares > 0) & (middle > 0)
    ratio = np.divide(shares, middle, out=np.ones_like(shares), where=held)
    parts: Doubles = shares * np.log2(ratio)
    return parts


def _shares(reference: Sequence[float], current: Sequence[float]) -> tuple[Doubles, Doubles]:
    if len(reference) != len(current):
        raise ValueError(f"{len(reference)} bins and {len(current)}: these are not the same bins")
    return np.asarray(reference, dtype=np.float64), np.asarray(current, dtype=np.float64)
