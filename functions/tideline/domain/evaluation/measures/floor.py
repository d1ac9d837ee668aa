"""The floor: a model that answers the same for every row, which any real model must beat."""

from __future__ import annotations

from functools import partial

import numpy as np

from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import Doubles, FloatArray
from tideline.domain.evaluation.measures.metrics import metric_statistics


def best_constant(task: Task, *, metric: str, y_train: FloatArray, classes: int) -> Doubles:
    """Return the constant answer that does best on the training rows, shape ``(k,)``.

    Which constant that is depends on the metric: class shares for the log loss, always the most frequent
    class for accuracy, always yes for F1, the mean for squared and the median for absolute errors. It is
    chosen on training rows, so that the holdout stays unseen.

    Args:
        task: Decides what the answers are.
        metric: By which to choose; of equals the first, class shares or the mean.
        y_train: Class indices or numbers, shape ``(n,)``.
        classes: Number of classes; unused for regression.
    """
    if task == "regression":
        values, weights = y_train.astype(np.float64), np.ones((1, len(y_train)))
        options = np.array([[values.mean()], [np.median(values)]])
    else:
        counts = np.bincount(y_train.astype(np.intp), minlength=classes)
        values, weights = np.arange(classes, dtype=np.float64), counts[None, :].astype(np.float64)
        options = np.vstack([counts / counts.sum(), np.eye(classes)])
    score = partial(_score, task, metric=metric, values=values, weights=weights)
    best: Doubles = options[int(np.argmax([score(option) for option in options]))]
    return best


def constant_predictions(constant: Doubles, *, rows: int) -> Doubles:
    """Return the constant as a model's outputs, shape ``(rows, k)``."""
    return np.tile(constant, (rows, 1))


def _score(task: Task, constant: Doubles, *, metric: str, values: Doubles, weights: Doubles) -> float:
    raw = constant_predictions(constant, rows=len(values))
    score = float(metric_statistics(task, y=values, raw=raw)[metric](weights)[0])
    return -np.inf if np.isnan(score) else score
