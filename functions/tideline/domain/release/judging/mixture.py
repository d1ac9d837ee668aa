"""How much the data speak against a rate, at every look at once: the beta-binomial mixture.

For hits and misses of a rate p, the probability of the data under a Beta(1/2, 1/2) mixture of rates divided
by that under p,

    M(p) = B(1/2 + hits, 1/2 + misses) / B(1/2, 1/2) / (p^hits (1 - p)^misses),

is a martingale that begins at 1 (Robbins 1970, "Statistical methods related to the law of the iterated
logarithm", Ann. Math. Stat. 41(5)). By Ville's inequality {p: M(p) < 1 / alpha} holds the true rate at every
look at once, with a chance of at least 1 - alpha.

Hits may also be sums of numbers from 0 to 1 with mean p: the ratio is then an exponential of each number,
which lies below its chord, so that M(p) is a supermartingale still (Howard, Ramdas, McAuliffe & Sekhon 2021,
"Time-uniform, nonparametric, nonasymptotic confidence sequences", Ann. Stat. 49(2): sub-Bernoulli).

All logarithms here are natural ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tideline.domain.evaluation.arrays import Doubles

# Jeffreys' prior: costs half a logarithm of the number of calls, whatever the rate, also near 0.
_PRIOR = 0.5
_STEPS = 8
# Stands for the logarithm's argument at 0, where what it is multiplied with is 0 too.
_TINY = 1e-300


@dataclass(frozen=True)
class Level:
    """How sure one check has to be.

    Attributes:
        alpha: The chance that it ever errs.
        paired: Whether the two sides' calls hang together. The product of their evidence is then no
            supermartingale any more, but its root is (Cauchy & Schwarz), so that it takes twice as much.
    """

    alpha: float
    paired: bool = False

    @property
    def alone(self) -> float:
        """Evidence that is enough about one side."""
        return -math.log(self.alpha)

    @property
    def joint(self) -> float:
        """Evidence that is enough about both sides together."""
        return self.alone * (2 if self.paired else 1)

    def split(self, parts: int) -> Level:
        """Return the level of each of some parts, so that all of them hold at this one (Bonferroni)."""
        return Level(self.alpha / parts, self.paired)


def log_mixture(hits: Doubles, misses: Doubles) -> Doubles:
    """Return the logarithm of the data's probability under the mixture, elementwise."""
    parts = _lgamma(hits + _PRIOR) + _lgamma(misses + _PRIOR)
    whole = _lgamma(hits + misses + 2 * _PRIOR)
    start = math.lgamma(2 * _PRIOR) - 2 * math.lgamma(_PRIOR)
    mixture: Doubles = parts - whole + start
    return mixture


def log_likelihood(hits: Doubles, misses: Doubles, rate: Doubles) -> Doubles:
    """Return the logarithm of the data's probability under a rate, elementwise."""
    likelihood: Doubles = hits * np.log(np.maximum(rate, _TINY)) + misses * np.log(
        np.maximum(1 - rate, _TINY)
    )
    return likelihood


def _lgamma(values: Doubles) -> Doubles:
    """Return the logarithm of the gamma function above 0, within 1e-12: SciPy is not in the layer.

    Stirling's series eight steps further on (Abramowitz & Stegun 1964, 6.1.15 and 6.1.41).
    """
    far = values + _STEPS
    square = 1 / (far * far)
    series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / far
    there = (far - 0.5) * np.log(far) - far + 0.5 * math.log(2 * math.pi) + series
    back = np.ones_like(values)
    for step in range(_STEPS):
        back *= values + step
    logarithm: Doubles = there - np.log(back)
    return logarithm
