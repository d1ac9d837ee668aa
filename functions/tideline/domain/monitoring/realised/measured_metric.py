"""A metric on labelled rows with the bootstrap behind it, where it means something."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import Doubles, FloatArray, IndexArray
from tideline.domain.evaluation.inference.bootstrap import Replicates, replicate
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.measures.metrics import metric_statistics

# Of metrics that mean nothing without both classes, rows are resampled within each class, as on the holdout.
_WITHIN_CLASSES = frozenset({"roc_auc"})
_LEAST_ROWS = 2


@dataclass(frozen=True, eq=False)
class Measured:
    """A metric on some rows; `freedom` are the degrees of freedom of its standard error."""

    replicates: Replicates
    freedom: int

    @property
    def estimate(self) -> float:
        """On all rows."""
        return self.replicates.estimate

    @property
    def error(self) -> float:
        """The bootstrap's standard error."""
        return float(self.replicates.values.std(ddof=1))

    def interval(self, *, confidence: float) -> Interval | None:
        """Return the BCa interval."""
        return self.replicates.interval(confidence=confidence)


def measure_metric(
    task: Task, metric: str, *, y: FloatArray, raw: FloatArray, seed: int, resamples: int
) -> Measured | None:
    """Measure.

    The mix of classes of a holdout is given, but that of a period is chance as well: but for ROC AUC, which
    does not depend on it, rows are resampled from all, or the interval of an accuracy would be too narrow.

    Returns:
        None for fewer than two rows, and where the metric is not defined on them.
    """
    if len(y) < _LEAST_ROWS:
        return None
    statistic = metric_statistics(task, y=y, raw=raw)[metric]
    found = replicate({metric: statistic}, strata=_strata(metric, y), seed=seed, resamples=resamples)[metric]
    known = found.values[np.isfinite(found.values)]
    if not np.isfinite(found.estimate) or len(known) < _LEAST_ROWS:
        return None
    return Measured(replace(found, values=known, influence=_known(found)), _freedom(task, y))


def _known(found: Replicates) -> Doubles:
    return found.influence[np.isfinite(found.influence)]


def _strata(metric: str, y: FloatArray) -> IndexArray:
    return y.astype(np.intp) if metric in _WITHIN_CLASSES else np.zeros(len(y), dtype=np.intp)


def _freedom(task: Task, y: FloatArray) -> int:
    """Return one less than the rows of the smaller class of a binary task, as `Pair` has it, else of all."""
    if task != "binary":
        return max(1, len(y) - 1)
    positive = int(np.count_nonzero(y == 1))
    return max(1, min(positive, len(y) - positive) - 1)
