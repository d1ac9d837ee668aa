"""From the scores of a model to what it predicts."""

from __future__ import annotations

import numpy as np

from tideline.adapters.training.arrays import Doubles, Predictions
from tideline.domain.encoding import Task


def predictions_of(scores: Doubles, *, task: Task) -> Predictions:
    """Return probabilities in the order of the classes, or the values themselves.

    Args:
        scores: Log-odds of the positive class ``(n, 1)``, log-weights
            ``(n, n_classes)``, or values ``(n, 1)``.
        task: Which of them.
    """
    if task == "regression":
        return scores.astype(np.float32)
    logits = np.hstack([np.zeros_like(scores), scores]) if task == "binary" else scores
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def with_both_classes(positive: Doubles) -> Doubles:
    """Return ``(n, 2)`` probabilities from those of the positive class, shape ``(n,)``."""
    return np.column_stack([1.0 - positive, positive])
