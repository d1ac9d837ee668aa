"""Fitting weights with an L2 penalty: logistic and softmax regression by L-BFGS, ridge by LSMR.

Both minimize ``sum of losses + l2 / 2 * |weights|^2`` with a free intercept, which is scikit-learn's
LogisticRegression with ``C = 1 / l2`` and Ridge with ``alpha = l2``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse
from scipy.sparse.linalg import LinearOperator, lsmr

from tideline.adapters.training.arrays import Doubles

# A million rows of six classes take about half a second for each.
MAX_ITERATIONS = 500
# Of the mean loss, so that it holds for any number of rows.
GRADIENT_TOLERANCE = 1e-7
LEAST_SQUARES_TOLERANCE = 1e-12


@dataclass(frozen=True)
class Fit:
    """Weights ``(n_columns, n_outputs)``, intercept ``(n_outputs,)``, and the iterations it took."""

    weights: Doubles
    intercept: Doubles
    iterations: int


def fit_logistic(columns: sparse.csr_array, classes: Doubles, *, n_classes: int, l2: float) -> Fit:
    """Return log-odds weights for two classes, or one column of weights a class for more.

    Args:
        columns: The rows.
        classes: Class index of each row, shape ``(n,)``.
        n_classes: Number of classes.
        l2: Penalty.
    """
    rows, width = columns.shape
    outputs = 1 if n_classes == 2 else n_classes  # noqa: PLR2004 - two classes need one score
    hits = classes[:, None] == np.arange(n_classes)

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        parameters = flat.reshape(width + 1, outputs)
        weights = parameters[:width]
        scores = columns @ weights + parameters[width]
        logits = np.hstack([np.zeros_like(scores), scores]) if outputs == 1 else scores
        logits -= logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        total = odds.sum(axis=1, keepdims=True)
        residuals = (odds / total - hits)[:, -outputs:]
        gradient = np.vstack([columns.T @ residuals + l2 * weights, residuals.sum(axis=0)])
        value = np.log(total).sum() - logits[hits].sum() + l2 / 2 * (weights**2).sum()
        return float(value / rows), gradient.ravel() / rows

    best = optimize.minimize(
        loss,
        np.zeros((width + 1) * outputs),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MAX_ITERATIONS, "gtol": GRADIENT_TOLERANCE, "ftol": 0.0, "maxcor": 20},
    )
    parameters = best.x.reshape(width + 1, outputs)
    return Fit(parameters[:width], parameters[width], iterations=int(best.nit))


def fit_ridge(columns: sparse.csr_array, target: Doubles, *, l2: float) -> Fit:
    """Return the weights of the least squares with penalty `l2`, shape ``(n_columns, 1)``."""
    rows, width = columns.shape
    means = columns.T @ np.ones(rows) / rows
    centre = target.mean()
    # Centred columns make the intercept free of the penalty without a column of its own.
    centred = LinearOperator(
        (rows, width),
        matvec=lambda weights: columns @ weights.ravel() - means @ weights.ravel(),
        rmatvec=lambda left: columns.T @ left.ravel() - means * left.sum(),
        dtype=np.float64,
    )
    weights, _, iterations, *_ = lsmr(
        centred,
        target - centre,
        damp=np.sqrt(l2),
        atol=LEAST_SQUARES_TOLERANCE,
        btol=LEAST_SQUARES_TOLERANCE,
        maxiter=MAX_ITERATIONS,
    )
    return Fit(weights[:, None], np.array([centre - means @ weights]), iterations=int(iterations))
