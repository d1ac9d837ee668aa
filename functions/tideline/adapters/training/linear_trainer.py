"""The simple candidate: a linear model with an L2 penalty, by scipy.

It is fitted to convergence: `rounds` counts the optimizer's iterations and limits nothing. The
numbers come out the same for the same data, parameters and number of threads of the BLAS library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from tideline.adapters.training.arrays import Doubles, Matrix, Predictions, Target
from tideline.adapters.training.linear_design import (
    Layout,
    Scaling,
    design_columns,
    layout_of,
    level_rows,
    scaling_of,
)
from tideline.adapters.training.linear_fit import Fit, fit_logistic, fit_ridge
from tideline.adapters.training.parameters import positive_number, refuse_unknown
from tideline.adapters.training.probabilities import predictions_of
from tideline.domain.encoding import Encoding, Task
from tideline.domain.training.run import Parameter

PARAMETERS = frozenset({"l2"})
DEFAULT_L2 = 1.0

# Rows predicted at once: 65,536 rows of 100 doubles are 52 MB.
BATCH_ROWS = 65536


@dataclass(frozen=True)
class LinearModel:
    """A fitted linear model.

    Attributes:
        task: What it was trained for.
        layout: Where a matrix has its numbers and categories.
        scaling: Of the numbers.
        number_weights: Of the standardized numbers, shape ``(n_numbers, n_outputs)``.
        missing_weights: Of their missing indicators, same shape.
        level_weights: Of every category's values, shape ``(levels, n_outputs)``.
        intercept: Shape ``(n_outputs,)``.
        means: Of the design's columns over the training rows, shape ``(2 * n_numbers + levels,)``.
        rounds: Iterations of the optimizer.
        validation: Predictions on the validation rows, None where there were none.
    """

    task: Task
    layout: Layout
    scaling: Scaling
    number_weights: Doubles
    missing_weights: Doubles
    level_weights: Doubles
    intercept: Doubles
    means: Doubles
    rounds: int
    validation: Predictions | None = None

    def predict_raw(self, matrix: Matrix) -> Predictions:
        """Return predictions computed in double precision, shape ``(n, n_classes)`` or ``(n, 1)``."""
        scores = np.concatenate(list(self._scores(matrix)))
        return predictions_of(scores, task=self.task)

    def to_onnx(self, encoding: Encoding) -> bytes:
        """Return the ONNX file; `encoding` is the one that the matrix was made with."""
        from tideline.adapters.training.linear_onnx import (  # noqa: PLC0415 - trials need no onnx
            build_linear_model,
        )

        return build_linear_model(self, encoding=encoding)

    def to_explanation(self, encoding: Encoding) -> bytes:
        """Return the explanation file; `encoding` is the one that the matrix was made with."""
        from tideline.adapters.training.linear_explanation import explain_linear  # noqa: PLC0415 - a cycle

        return explain_linear(self, encoding=encoding)

    def _scores(self, matrix: Matrix) -> Iterator[Doubles]:
        for start in range(0, max(len(matrix), 1), BATCH_ROWS):
            batch = matrix[start : start + BATCH_ROWS]
            numbers = batch[:, list(self.layout.numbers)]
            yield (
                self.scaling.standardize(numbers) @ self.number_weights
                + np.isnan(numbers).astype(np.float64) @ self.missing_weights
                + self.level_weights[level_rows(batch, self.layout)].sum(axis=1)
                + self.intercept
            )


@dataclass(frozen=True)
class LinearTrainer:
    """Fits a linear model; see the module for the choices."""

    def train(
        self,
        matrix: Matrix,
        target: Target,
        *,
        valid: tuple[Matrix, Target] | None,
        encoding: Encoding,
        parameters: Mapping[str, Parameter],
        rounds: int | None,  # noqa: ARG002 - the same signature for every trainer
        seed: int,  # noqa: ARG002
        threads: int,  # noqa: ARG002
    ) -> LinearModel:
        """Fit to convergence; `rounds`, `seed` and `threads` change nothing.

        Args:
            matrix: Encoded features, shape ``(n, n_features)``.
            target: Class index or number, shape ``(n,)``.
            valid: Validation rows, encoded in the same way; they are only predicted.
            encoding: Feature types, and the task.
            parameters: ``l2``, the penalty against the sum of losses, above 0; by default 1.
            rounds: Not used.
            seed: Not used.
            threads: Not used.

        Raises:
            TrainingImpossible: if a parameter is unknown or senseless.
        """
        refuse_unknown(parameters, known=PARAMETERS, trainer="linear")
        l2 = positive_number(parameters, "l2", default=DEFAULT_L2)
        layout = layout_of(encoding)
        scaling = scaling_of(matrix, layout)
        columns = design_columns(matrix, layout, scaling)
        fit = _fit(columns, target.astype(np.float64), encoding=encoding, l2=l2)
        means = np.asarray(columns.mean(axis=0), dtype=np.float64).ravel()
        model = _model(fit, layout=layout, scaling=scaling, means=means, task=encoding.task)
        return replace(model, validation=model.predict_raw(valid[0])) if valid else model


def _fit(columns: sparse.csr_array, target: Doubles, *, encoding: Encoding, l2: float) -> Fit:
    if encoding.task == "regression":
        return fit_ridge(columns, target, l2=l2)
    return fit_logistic(columns, target, n_classes=len(encoding.classes), l2=l2)


def _model(fit: Fit, *, layout: Layout, scaling: Scaling, means: Doubles, task: Task) -> LinearModel:
    count = len(layout.numbers)
    numbers, missing, levels = np.split(fit.weights, [count, 2 * count])
    return LinearModel(
        task=task,
        layout=layout,
        scaling=scaling,
        number_weights=numbers,
        missing_weights=missing,
        level_weights=levels,
        intercept=fit.intercept,
        means=means,
        rounds=fit.iterations,
    )
