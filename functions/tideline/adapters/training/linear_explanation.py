"""What explains a linear model: its weights, and what each feature adds on average in training."""

from __future__ import annotations

import numpy as np

from tideline.adapters.training.explanation_file import explanation_file, packed
from tideline.adapters.training.linear_trainer import LinearModel
from tideline.domain.encoding import Encoding


def explain_linear(model: LinearModel, *, encoding: Encoding) -> bytes:
    """Return the explanation file for a linear model."""
    count = len(model.layout.numbers)
    means = np.split(model.means[:, None], [count, 2 * count])
    weights = (model.number_weights, model.missing_weights, model.level_weights)
    standard, missing, levels = (mean * weight for mean, weight in zip(means, weights, strict=True))
    ends = list(model.layout.offsets[1:])
    categories = [part.sum(axis=0) for part in np.split(levels, ends)] if model.layout.categories else []
    parts = {
        "intercept": packed(model.intercept, "<f8"),
        "mean": packed(model.scaling.mean, "<f8"),
        "factor": packed(model.scaling.factor, "<f8"),
        "number_weights": packed(model.number_weights, "<f8"),
        "missing_weights": packed(model.missing_weights, "<f8"),
        "level_weights": packed(model.level_weights, "<f8"),
        # Numbers first, then categories.
        "expected": packed(np.array([*(standard + missing), *categories]), "<f8"),
    }
    return explanation_file("linear", parts, encoding=encoding)
