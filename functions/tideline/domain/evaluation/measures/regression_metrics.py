"""Metrics of regression: sums over rows, put together at the end."""

from __future__ import annotations

from functools import partial

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, FloatArray, Statistic

# A spread below this share of the squares about the overall mean is rounding, not spread.
_ROUNDING = 1e-12


def regression_statistics(y: FloatArray, predicted: FloatArray) -> dict[str, Statistic]:
    """Return the metrics of a regression task; both arrays have shape ``(n,)``."""
    truth = y.astype(np.float64)
    error = predicted.astype(np.float64) - truth
    squares = np.square(error)
    return {
        "neg_root_mean_squared_error": partial(_negated_root, squares=squares),
        "neg_mean_absolute_error": partial(_negated_mean, losses=np.abs(error)),
        "neg_mean_squared_error": partial(_negated_mean, losses=squares),
        "r2": partial(_r2, squares=squares, centred=_centred(truth)),
    }


def _negated_mean(weights: Doubles, *, losses: Doubles) -> Doubles:
    mean: Doubles = (weights @ losses) / weights.sum(axis=1)
    return -mean


def _negated_root(weights: Doubles, *, squares: Doubles) -> Doubles:
    return -np.sqrt(-_negated_mean(weights, losses=squares))


def _centred(y: Doubles) -> Doubles:
    # One value repeated: its mean may be off by rounding, and must not pass for spread.
    return np.zeros_like(y) if np.ptp(y) == 0 else y - y.mean()


def _r2(weights: Doubles, *, squares: Doubles, centred: Doubles) -> Doubles:
    """Return the share of the spread explained; without spread 1 for no error and 0 for any.

    NaN below two rows, as scikit-learn has it.
    """
    if len(centred) < 2:  # noqa: PLR2004 a spread needs two
        return np.full(weights.shape[0], np.nan)
    unexplained = weights @ squares
    about_overall_mean = weights @ np.square(centred)
    spread = about_overall_mean - np.square(weights @ centred) / weights.sum(axis=1)
    flat = spread <= _ROUNDING * about_overall_mean
    explained = 1 - unexplained / np.where(flat, 1.0, spread)
    return np.where(flat, np.where(unexplained > 0, 0.0, 1.0), explained)
