"""The metrics a spec may name, by scikit-learn's names and to its definitions; higher is better for each.

Every metric is a function of row weights, so that a bootstrap resample is a row of counts: what depends on
the predictions alone (losses, ranks) is worked out once, and a thousand resamples cost a few matrix
products and cumulative sums. scikit-learn itself is not in the layer; tests hold the two together.
"""

from __future__ import annotations

import numpy as np

from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import FloatArray, Statistic
from tideline.domain.evaluation.measures.class_metrics import binary_statistics, multiclass_statistics
from tideline.domain.evaluation.measures.regression_metrics import regression_statistics


def metric_statistics(task: Task, *, y: FloatArray, raw: FloatArray) -> dict[str, Statistic]:
    """Return every metric of a task, in the order of `tideline.domain.contract.spec.METRICS`.

    Args:
        task: Decides which metrics, and what `y` and `raw` mean.
        y: Class indices, or numbers for regression, shape ``(n,)``.
        raw: The model's outputs: probabilities ``(n, k)``, or values ``(n, 1)``.

    Returns:
        A statistic by name: weights of shape ``(b, n)`` to values of shape ``(b,)``. NaN where the metric
        means nothing, such as ROC AUC without rows of both classes.

    Raises:
        ValueError: if there are no rows, lengths differ, a class index has no column, or a value is not
            finite.
    """
    _check(y, raw)
    if task == "regression":
        return regression_statistics(y, raw[:, 0])
    labels = y.astype(np.intp)
    if labels.min() < 0 or labels.max() >= raw.shape[1]:
        raise ValueError("a class index is outside the columns of the predictions")
    return binary_statistics(labels, raw) if task == "binary" else multiclass_statistics(labels, raw)


def evaluate(statistic: Statistic, *, rows: int) -> float:
    """Return a statistic over all rows, each counted once; NaN where it is undefined."""
    return float(statistic(np.ones((1, rows)))[0])


def _check(y: FloatArray, raw: FloatArray) -> None:
    if raw.ndim != 2 or y.shape != (raw.shape[0],) or raw.size == 0:  # noqa: PLR2004 a table
        raise ValueError(f"predictions of shape {raw.shape} do not fit targets of shape {y.shape}")
    if not (np.isfinite(raw).all() and np.isfinite(y).all()):
        raise ValueError("predictions and targets must be finite")
