"""Exact Shapley values of a linear model: what a feature adds, less what it added on average in training.

For a sum of functions of one feature each, this is the Shapley value whatever the order (Lundberg & Lee,
"A Unified Approach to Interpreting Model Predictions", 2017, corollary 1, features taken as independent).
"""

from __future__ import annotations

import numpy as np

from tideline.explaining.explanation_file import Doubles, LinearFile, doubles, require


class LinearContributions:
    """Contributions to each output of a linear model.

    Attributes:
        base: What the model gives on average over the training rows, shape ``(n_outputs,)``.
        cost_per_row: Numbers computed for a row.
        size_bytes: Of the arrays.

    Raises:
        ArtifactInvalid: if the arrays do not fit together.
    """

    def __init__(self, file: LinearFile) -> None:
        intercept = doubles(file.intercept)
        outputs = len(intercept)
        require(outputs, "it explains nothing")
        self._numbers = [i for i, f in enumerate(file.features) if f.type == "number"]
        self._categories = [i for i, f in enumerate(file.features) if f.type == "category"]
        sizes = [len(file.features[i].vocabulary) + 1 for i in self._categories]
        count = len(self._numbers)
        self._mean, self._factor = doubles(file.mean, count), doubles(file.factor, count)
        self._number_weights = doubles(file.number_weights, count, outputs)
        self._missing_weights = doubles(file.missing_weights, count, outputs)
        self._level_weights = doubles(file.level_weights, sum(sizes), outputs)
        self._offsets = np.cumsum([0, *sizes])[:-1]
        self._expected = doubles(file.expected, len(file.features), outputs)
        self.base = intercept + self._expected.sum(axis=0)
        self.cost_per_row = len(file.features) * outputs
        self.size_bytes = self._level_weights.nbytes + 3 * self._expected.nbytes

    def __call__(self, matrix: Doubles) -> Doubles:
        """Return contributions, shape ``(n, n_features, n_outputs)``."""
        found = np.empty((*matrix.shape, len(self.base)))
        count = len(self._numbers)
        numbers, codes = matrix[:, self._numbers], matrix[:, self._categories]
        missing = np.isnan(numbers)
        standard = np.where(missing, 0.0, (numbers - self._mean) * self._factor)
        found[:, self._numbers] = (
            standard[:, :, None] * self._number_weights
            + missing[:, :, None] * self._missing_weights
            - self._expected[:count]
        )
        levels = np.where(np.isnan(codes), 0.0, codes + 1).astype(np.int64) + self._offsets
        found[:, self._categories] = self._level_weights[levels] - self._expected[count:]
        return found
