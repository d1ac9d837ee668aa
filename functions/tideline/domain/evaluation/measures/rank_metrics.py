"""ROC AUC and average precision under row weights, from one sorting of the scores.

Both are sums over the positive rows of something read off cumulative weights at the row's own score, so a
new weighting needs no new sorting: only the cumulative sums are done again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, Flags, IndexArray


@dataclass(frozen=True, eq=False)
class RankedScores:
    """Rows in ascending order of score, positives and negatives apart.

    Attributes:
        positives: Row numbers, in order of score.
        negatives: Row numbers, in order of score.
        below: For each positive, how many negatives score less.
        upto: For each positive, how many negatives score no more; the difference is its ties.
        first: For each positive, the place among the positives of the first with the same score.
    """

    positives: IndexArray
    negatives: IndexArray
    below: IndexArray
    upto: IndexArray
    first: IndexArray

    @classmethod
    def of(cls, scores: Doubles, *, positive_rows: Flags) -> RankedScores:
        """Sort once; both arrays have shape ``(n,)``."""
        order = np.argsort(scores, kind="stable")
        positives, negatives = order[positive_rows[order]], order[~positive_rows[order]]
        high, low = scores[positives], scores[negatives]
        return cls(
            positives=positives,
            negatives=negatives,
            below=np.searchsorted(low, high, side="left"),
            upto=np.searchsorted(low, high, side="right"),
            first=np.searchsorted(high, high, side="left"),
        )

    def roc_auc(self, weights: Doubles) -> Doubles:
        """Return the share of (positive, negative) pairs in the right order, ties counted half.

        The Mann-Whitney form of the area (Hanley & McNeil 1982); NaN without weight in both classes.
        """
        up, down = weights[:, self.positives], weights[:, self.negatives]
        beaten = _cumulative(down)
        wins = np.einsum("bi,bi->b", up, beaten[:, self.below] + beaten[:, self.upto]) / 2
        return _ratio(wins, up.sum(axis=1) * beaten[:, -1])

    def average_precision(self, weights: Doubles) -> Doubles:
        """Return precision averaged over the positives, each at the threshold of its own score.

        The step-wise sum, without interpolation, as scikit-learn defines it; NaN without positives.
        """
        up, down = _cumulative(weights[:, self.positives]), _cumulative(weights[:, self.negatives])
        hits = up[:, -1:] - up[:, self.first]
        called = hits + down[:, -1:] - down[:, self.below]
        # Where nothing is called, the row itself has no weight.
        precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
        return _ratio(np.einsum("bi,bi->b", np.diff(up, axis=1), precision), up[:, -1])


def _cumulative(weights: Doubles) -> Doubles:
    """Return cumulative sums along the rows with a leading zero, shape ``(b, n + 1)``."""
    sums = np.zeros((weights.shape[0], weights.shape[1] + 1))
    np.cumsum(weights, axis=1, out=sums[:, 1:])
    return sums


def _ratio(part: Doubles, whole: Doubles) -> Doubles:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
