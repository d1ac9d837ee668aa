"""The loss of each holdout row, which the loss model learns: near to what the deciding metric averages."""

from __future__ import annotations

from typing import Literal

import numpy as np

from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import Doubles, FloatArray

Loss = Literal["log_loss", "squared_error", "absolute_error"]
# One certain mistake in 20,000 rows may not decide a coefficient: no row loses more than 7.
_LEAST_PROBABILITY = 1e-3


def loss_of(task: Task, metric: str) -> Loss:
    """Return the loss that stands for a metric: for regression squares, unless it asks for absolute."""
    if task != "regression":
        return "log_loss"
    return "absolute_error" if metric == "neg_mean_absolute_error" else "squared_error"


def row_losses(loss: Loss, *, y: FloatArray, raw: FloatArray) -> Doubles:
    """Return each row's loss, shape ``(n,)``.

    Args:
        loss: Which one.
        y: Class indices, or numbers, shape ``(n,)``.
        raw: The model's outputs, shape ``(n, k)``.
    """
    if loss == "log_loss":
        chosen = raw[np.arange(len(y)), y.astype(np.intp)].astype(np.float64)
        return -np.log(np.clip(chosen, _LEAST_PROBABILITY, 1))
    error = raw[:, 0].astype(np.float64) - y.astype(np.float64)
    return np.square(error) if loss == "squared_error" else np.abs(error)
