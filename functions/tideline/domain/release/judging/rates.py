"""Rates of two sides: how far apart they are, at every look at once.

The evidence against a pair of rates is the product of that against each (`mixture`): one martingale, and so
one statement about both, instead of two with half the alpha each. The evidence against all pairs that are no
further apart than a bound is that against the closest of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tideline.domain.evaluation.arrays import Doubles
from tideline.domain.release.judging.mixture import Level, log_likelihood, log_mixture

# A minimum is flat: the rate within 2^-32 is more than enough.
_HALVINGS = 32
# A bound within 16^-6 of 2 is not seen; sixteen places at once take NumPy little longer than one.
_PLACES, _ROUNDS = 16, 6


@dataclass(frozen=True, eq=False)
class Tally:
    """Hits among trials, of one or more things that were counted at once.

    Attributes:
        hits: Shape ``(m,)``; sums of numbers from 0 to 1.
        trials: Shape ``(m,)``.
    """

    hits: Doubles
    trials: Doubles

    @classmethod
    def of(cls, values: Doubles) -> Tally:
        """Count numbers from 0 to 1, shape ``(n, m)``, down their columns."""
        return cls(values.sum(axis=0, dtype=np.float64), np.full(values.shape[1], float(len(values))))

    def only(self, place: int) -> Tally:
        """Return the counts of one thing."""
        return Tally(self.hits[place : place + 1], self.trials[place : place + 1])

    @property
    def misses(self) -> Doubles:
        """What is left, shape ``(m,)``."""
        return self.trials - self.hits

    @property
    def rates(self) -> Doubles:
        """Estimates, shape ``(m,)``; NaN where there were no trials."""
        return np.divide(self.hits, self.trials, out=np.full_like(self.hits, np.nan), where=self.trials > 0)


def evidence_of_excess(champion: Tally, challenger: Tally, bound: Doubles) -> Doubles:
    """Return the evidence that the challenger's rate exceeds the champion's by more than `bound`.

    Args:
        champion: Counts.
        challenger: Counts of the same things.
        bound: Allowed difference, above -1 and below 1, shape ``(m,)``.

    Returns:
        The logarithm of the least M over all pairs of rates within the bound, shape ``(m,)``: a convex
        function that has its minimum on the bound where the estimates are beyond it.
    """
    low, high = np.maximum(0.0, -bound), np.minimum(1.0, 1 - bound)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rising = _slope(champion, middle) + _slope(challenger, middle + bound) > 0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    rate = (low + high) / 2
    mixed = log_mixture(champion.hits, champion.misses) + log_mixture(challenger.hits, challenger.misses)
    explained = log_likelihood(champion.hits, champion.misses, rate)
    explained += log_likelihood(challenger.hits, challenger.misses, rate + bound)
    # Without a trial on one side, comparing says nothing.
    beyond = np.nan_to_num(challenger.rates - champion.rates, nan=-np.inf) > bound
    return np.where(beyond, mixed - explained, 0.0)


def difference_bounds(champion: Tally, challenger: Tally, level: Level) -> tuple[Doubles, Doubles]:
    """Return bounds of the challenger's rate minus the champion's; the level is that of both together."""
    return _least(champion, challenger, level), -_least(challenger, champion, level)


def rate_bounds(tally: Tally, level: Level) -> tuple[Doubles, Doubles]:
    """Return bounds of the rates of one side; the level is that of both bounds together."""
    return _lowest(tally, level), 1 - _lowest(Tally(tally.misses, tally.trials), level)


def _least(champion: Tally, challenger: Tally, level: Level) -> Doubles:
    """Return the largest difference that is certainly exceeded."""
    ours, theirs = (Tally(side.hits[:, None], side.trials[:, None]) for side in (champion, challenger))
    low, width = np.full((len(champion.hits), 1), -1.0), 2.0
    for _ in range(_ROUNDS):
        width /= _PLACES
        tried = low + width * np.arange(1, _PLACES)
        told = evidence_of_excess(ours, theirs, tried) >= level.joint
        # The further apart the bound, the less speaks for more than that.
        low = low + width * told.sum(axis=1, keepdims=True)
    return low[:, 0]


def _lowest(tally: Tally, level: Level) -> Doubles:
    mixed = log_mixture(tally.hits, tally.misses)
    low, high = np.zeros_like(tally.hits), np.nan_to_num(tally.rates, nan=0.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        told = mixed - log_likelihood(tally.hits, tally.misses, middle) >= level.alone
        low, high = np.where(told, middle, low), np.where(told, high, middle)
    return low


def _slope(tally: Tally, rate: Doubles) -> Doubles:
    """How the evidence against a rate changes with the rate."""
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(tally.hits > 0, tally.hits / rate, 0.0)
        right = np.where(tally.misses > 0, tally.misses / (1 - rate), 0.0)
    return right - left
