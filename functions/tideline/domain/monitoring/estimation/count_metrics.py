"""Metrics of classification read off counts by score instead of rows: what each bin holds, and what was hit.

Rows of one bin count as tied, with the bin's centre for their score: over `SCORE_BINS` bins that moves ROC
AUC and the Brier score by less than 0.001 where scores are spread out. Average precision of a rare class
whose scores share few bins comes out lower, and the log loss of a certain mistake is that of 0.0005.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import Doubles

# A class that is expected for fewer rows than this is not taken to occur.
_OCCURS = 0.5


@dataclass(frozen=True, eq=False)
class ClassTally:
    """Rows of one class by the score that it was given, and how many were right, in each of d worlds.

    Attributes:
        scores: Of the bins that hold rows, ascending, shape ``(B,)``.
        named: Rows whose answer was the class, shape ``(B,)``; `other` are the rest.
        named_hits: Those of them that are of the class, shape ``(d, B)``; `other_hits` of the rest.
    """

    scores: Doubles
    named: Doubles
    other: Doubles
    named_hits: Doubles
    other_hits: Doubles

    @property
    def rows(self) -> Doubles:
        """All rows, shape ``(B,)``."""
        return self.named + self.other

    @property
    def hits(self) -> Doubles:
        """Rows of the class, shape ``(d, B)``."""
        return self.named_hits + self.other_hits

    @property
    def misses(self) -> Doubles:
        """Rows of other classes, shape ``(d, B)``."""
        return self.rows - self.hits


def metric_of_counts(task: Task, metric: str, tallies: Sequence[ClassTally]) -> Doubles:
    """Return a metric in each world, shape ``(d,)``; NaN where it means nothing.

    Args:
        task: ``binary`` or ``multiclass``.
        metric: By scikit-learn's name, one of the task's `METRICS`.
        tallies: By class; of a binary task the positive one alone.
    """
    return _BINARY[metric](tallies[0]) if task == "binary" else _MULTICLASS[metric](tallies)


def _roc_auc(tally: ClassTally) -> Doubles:
    hits, misses = tally.hits, tally.misses
    below = np.cumsum(misses, axis=1) - misses / 2
    return _ratio((hits * below).sum(axis=1), hits.sum(axis=1) * misses.sum(axis=1))


def _average_precision(tally: ClassTally) -> Doubles:
    hits = tally.hits[:, ::-1]
    called = np.cumsum(tally.rows[::-1])
    precision = np.cumsum(hits, axis=1) / np.maximum(called, 1)
    return _ratio((hits * precision).sum(axis=1), hits.sum(axis=1))


def _neg_log_loss(tally: ClassTally) -> Doubles:
    return _mean(tally, tally.hits @ np.log(tally.scores) + tally.misses @ np.log(1 - tally.scores))


def _neg_brier(tally: ClassTally) -> Doubles:
    return _mean(tally, -(tally.hits @ np.square(1 - tally.scores) + tally.misses @ np.square(tally.scores)))


def _accuracy(tally: ClassTally) -> Doubles:
    return _mean(tally, tally.named_hits.sum(axis=1) + (tally.other - tally.other_hits).sum(axis=1))


def _f1(tally: ClassTally) -> Doubles:
    return _mean_over_classes([tally], whole=_of_class_or_called, times=2)


def _log_loss_of_all(tallies: Sequence[ClassTally]) -> Doubles:
    return _mean(tallies[0], sum((tally.hits @ np.log(tally.scores) for tally in tallies), np.zeros(1)))


def _accuracy_of_all(tallies: Sequence[ClassTally]) -> Doubles:
    return _mean(tallies[0], sum((tally.named_hits.sum(axis=1) for tally in tallies), np.zeros(1)))


def _balanced_accuracy(tallies: Sequence[ClassTally]) -> Doubles:
    return _mean_over_classes(tallies, whole=_of_class, times=1)


def _f1_macro(tallies: Sequence[ClassTally]) -> Doubles:
    return _mean_over_classes(tallies, whole=_of_class_or_called, times=2)


def _of_class(tally: ClassTally) -> Doubles:
    found: Doubles = tally.hits.sum(axis=1)
    return found


def _of_class_or_called(tally: ClassTally) -> Doubles:
    both: Doubles = _of_class(tally) + tally.named.sum()
    return both


def _mean_over_classes(
    tallies: Sequence[ClassTally], *, whole: Callable[[ClassTally], Doubles], times: int
) -> Doubles:
    """Return the mean of right answers over `whole`, over the classes that occur."""
    wholes = np.array([whole(tally) for tally in tallies])
    right = np.array([times * tally.named_hits.sum(axis=1) for tally in tallies])
    occurs = wholes >= _OCCURS
    each = np.divide(right, wholes, out=np.zeros_like(right), where=occurs)
    return _ratio(each.sum(axis=0), occurs.sum(axis=0).astype(np.float64))


def _mean(tally: ClassTally, sums: Doubles) -> Doubles:
    return _ratio(sums, np.full_like(sums, tally.rows.sum()))


def _ratio(part: Doubles, whole: Doubles) -> Doubles:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


_BINARY: dict[str, Callable[[ClassTally], Doubles]] = {
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "neg_log_loss": _neg_log_loss,
    "neg_brier_score": _neg_brier,
    "accuracy": _accuracy,
    "f1": _f1,
}
_MULTICLASS: dict[str, Callable[[Sequence[ClassTally]], Doubles]] = {
    "neg_log_loss": _log_loss_of_all,
    "accuracy": _accuracy_of_all,
    "balanced_accuracy": _balanced_accuracy,
    "f1_macro": _f1_macro,
}
