"""Medians of two sides: how many times one is the other, at every look at once.

Of independent numbers, those at or below the true median are hits of a rate of a half, so that `mixture` says
how much the data speak against any number being the median, by its rank alone: no shape is assumed, and no
correction is paid for trying every number, as only one of them is the median (fixed quantiles in Howard &
Ramdas 2022, "Sequential estimation of quantiles with applications to A/B testing and best-arm
identification", Bernoulli 28(3)). Of equal numbers any part may count as below: ranks between are tried too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tideline.domain.evaluation.arrays import Doubles
from tideline.domain.release.judging.mixture import Level, log_likelihood, log_mixture

# Beyond a factor of a million either way nothing is told apart.
_LARGEST = 1e6
_HALVINGS = 50


@dataclass(frozen=True, eq=False)
class Ranked:
    """Numbers of one side, ready to be compared.

    Attributes:
        values: Ascending, shape ``(n,)``.
        against: Evidence against 0 to n of them lying at or below the median, shape ``(n + 1,)``.
    """

    values: Doubles
    against: Doubles

    @classmethod
    def of(cls, values: Doubles) -> Ranked:
        """Rank numbers, shape ``(n,)``, in any order."""
        hits = np.arange(len(values) + 1, dtype=np.float64)
        half = log_likelihood(hits, hits[::-1], np.full_like(hits, 0.5))
        return cls(np.sort(values), log_mixture(hits, hits[::-1]) - half)


def ratio_bounds(champion: Ranked, challenger: Ranked, level: Level) -> tuple[float, float]:
    """Return bounds of the challenger's median divided by the champion's; 0 or infinite where there is none.

    Numbers are positive; the level is that of both bounds together.
    """
    low, swapped = _least(champion, challenger, level), _least(challenger, champion, level)
    return low, 1 / swapped if swapped else np.inf


def median_bounds(ranked: Ranked, level: Level) -> tuple[float, float]:
    """Return bounds of the median of one side; infinite where there are too few numbers."""
    ordered = np.concatenate([[-np.inf], ranked.values, [np.inf]])
    ranks = np.flatnonzero(ranked.against < level.alone)
    return float(ordered[ranks[0]]), float(ordered[ranks[-1] + 1])


def evidence_of_ratio(champion: Ranked, challenger: Ranked, ratio: float) -> float:
    """Return the evidence that the challenger's median is more than `ratio`, above 0, times the champion's.

    With i of the champion's numbers at or below its median, the median is at most the next number, and the
    challenger's at most `ratio` times that; the least evidence over all i is taken.
    """
    reach = ratio * np.concatenate([champion.values, [np.inf]])
    below = np.searchsorted(challenger.values, reach, side="right")
    least = np.minimum.accumulate(challenger.against)
    return float((champion.against + least[below]).min())


def _least(champion: Ranked, challenger: Ranked, level: Level) -> float:
    """Return the largest ratio that the challenger's median is certainly above, 0 where there is none."""
    if evidence_of_ratio(champion, challenger, 1 / _LARGEST) < level.joint:
        return 0.0
    low, high = -math.log(_LARGEST), math.log(_LARGEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        told = evidence_of_ratio(champion, challenger, math.exp(middle)) >= level.joint
        low, high = (middle, high) if told else (low, middle)
    return math.exp(low)
