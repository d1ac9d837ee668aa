"""From what a model says to how often it is right: isotonic calibration over bins of scores.

Holdout rows are put in bins by score, the shares of hits are made monotone by pooling adjacent violators
(Ayer et al. 1955; Zadrozny & Elkan 2002), and between the bins' mean scores the probability is interpolated
linearly, so that scores within a bin keep their order.
"""

from __future__ import annotations

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, Flags, FloatArray, IndexArray
from tideline.domain.monitoring.counting.counts import SCORE_BINS
from tideline.domain.monitoring.counting.score_bins import CENTRES, score_counts
from tideline.domain.monitoring.reference import ScoreCalibration

# Twenty, but none with so few rows that a share of a half is known to no better than 0.1.
MAX_BINS = 20
MIN_BIN_ROWS = 25


def calibrate(scores: FloatArray, hits: Flags) -> ScoreCalibration:
    """Return the calibration of one class.

    Bins hold about equal weight, where a row weighs the mean of its shares of all rows, of the hits that
    scores promise, and of the misses: equally many rows where classes are balanced, and for a rare class not
    all of its hits in the last bin. Scores of one `SCORE_BINS` bin, and so ties, stay together.

    Args:
        scores: How probable the class was said to be, shape ``(n,)``, at least one.
        hits: Whether the row was of the class, shape ``(n,)``.
    """
    rows = score_counts(scores)
    ends = _ends(rows)
    of_bins, of_hits = _summed(rows, ends), _summed(score_counts(scores[hits]), ends)
    return ScoreCalibration(
        upto=tuple(((ends + 1) / SCORE_BINS).tolist()),
        rows=tuple(of_bins.astype(int).tolist()),
        hits=tuple(of_hits.astype(int).tolist()),
        probabilities=tuple(isotonic(of_hits / of_bins, of_bins).tolist()),
    )


def isotonic(values: Doubles, weights: Doubles) -> Doubles:
    """Return the closest values that never fall, by weighted squares: pool adjacent violators."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        mean, total, size = value, weight, 1
        while pools and pools[-1][0] >= mean:
            before, mass, many = pools.pop()
            mean = (before * mass + mean * total) / (mass + total)
            total, size = total + mass, size + many
        pools.append((mean, total, size))
    return np.repeat([mean for mean, _, _ in pools], [size for _, _, size in pools])


def mean_scores(calibration: ScoreCalibration, scores: IndexArray) -> Doubles:
    """Return the mean score of each calibration bin, from the holdout's rows in each `SCORE_BINS` bin."""
    ends = np.rint(np.array(calibration.upto) * SCORE_BINS).astype(np.intp) - 1
    means: Doubles = _summed(scores * CENTRES, ends) / np.array(calibration.rows)
    return means


def interpolation(means: Doubles) -> Doubles:
    """Return the matrix, shape ``(J, SCORE_BINS)``, that turns J bins' probabilities into those of scores.

    Beyond the outermost means the probability stays what it is there.
    """
    weights: Doubles = np.array([np.interp(CENTRES, means, one) for one in np.eye(len(means))])
    return weights


def _ends(rows: IndexArray) -> IndexArray:
    """Return the last `SCORE_BINS` bin of each calibration bin."""
    total = rows.sum()
    hits, misses = rows * CENTRES, rows * (1 - CENTRES)
    weight = rows / total + hits / hits.sum() + misses / misses.sum()
    enough = weight.sum() / max(1, min(MAX_BINS, total // MIN_BIN_ROWS))
    ends, held, gathered = [], 0, 0.0
    for place in np.flatnonzero(rows).tolist():
        held, gathered = held + int(rows[place]), gathered + float(weight[place])
        if held >= MIN_BIN_ROWS and gathered >= enough * (1 - 1e-9):
            ends.append(place)
            held, gathered = 0, 0.0
    # What is left over is a bin of its own where it has the rows for it.
    return np.array([*(ends if held >= MIN_BIN_ROWS else ends[:-1]), SCORE_BINS - 1])


def _summed(values: IndexArray | Doubles, ends: IndexArray) -> Doubles:
    starts = np.concatenate([[0], ends[:-1] + 1])
    sums: Doubles = np.add.reduceat(values.astype(np.float64), starts)
    return sums
