"""Which bin a probability falls in: one rule for the holdout, for live calls and for metrics of counts."""

from __future__ import annotations

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, FloatArray, IndexArray
from tideline.domain.monitoring.counting.counts import SCORE_BINS

# What a score in a bin is taken to be.
CENTRES: Doubles = (np.arange(SCORE_BINS) + 0.5) / SCORE_BINS


def score_bin(scores: FloatArray) -> IndexArray:
    """Return the bin of each probability, shape as given; bins hold their lower bounds, the last holds 1 too.

    In float32, as models answer, whatever precision it was kept in since.
    """
    places = (scores.astype(np.float32) * np.float32(SCORE_BINS)).astype(np.intp)
    return np.clip(places, 0, SCORE_BINS - 1)


def score_counts(scores: FloatArray) -> IndexArray:
    """Return how many probabilities, shape ``(n,)``, fall in each bin."""
    return np.bincount(score_bin(scores), minlength=SCORE_BINS).astype(np.intp)
