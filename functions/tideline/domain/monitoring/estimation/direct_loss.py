"""Quality of a regression without labels: the mean loss that the loss model expects of a window's counts.

Direct loss estimation (DLE, as NannyML calls it) learns the loss itself from features and answers; here with
an additive model, whose mean over a window is a sum over its counts. It sees that the model moves to where
it has always been worse, and no new error.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from tideline.domain.evaluation.arrays import Doubles
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.estimation.effects import coefficients
from tideline.domain.monitoring.estimation.reference_bins import profile_rows, shares, window_rows
from tideline.domain.monitoring.reference import FeatureLoss, LossModel, MonitoringReference


def loss_interval(
    counts: WindowCounts, reference: MonitoringReference, model: LossModel, *, confidence: float
) -> Interval:
    """Return the mean loss that is expected of a window, with the interval of the one that will be realised.

    Three sources of error add up: the window's rows about the model (their spread grows with the loss), the
    holdout's rows about their mean, and the coefficients. A group's coefficient is known to the residual's
    variance over its holdout rows; so a shift of shares from s to t adds residual variance over holdout rows
    times the sum of (t - s)^2 / s, the chi-squared distance, correlation between features left aside.
    """
    parts = _parts(counts, reference, model)
    estimate = model.intercept + sum(float(shares(now) @ coefficients(part)) for part, now, _ in parts)
    # A mean of losses is not below 0, whatever an additive model says.
    estimate = max(estimate, 0.0)
    distance = sum(_distance(part, now, then) for part, now, then in parts)
    spread = model.residual_std * max(1.0, estimate / model.mean if model.mean > 0 else 1.0)
    variance = spread**2 / counts.rows + model.residual_std**2 / model.rows * (1 + distance)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(variance)
    return Interval(
        estimate=estimate,
        low=max(estimate - reach, 0.0),
        high=estimate + reach,
        confidence=confidence,
        resamples=0,
        rows=counts.rows,
    )


def metric_interval(loss: Interval, reference: MonitoringReference, model: LossModel) -> Interval | None:
    """Return the metric that has this mean loss, or None for an R2 that no variance can be told from."""
    values = [metric_of_loss(value, reference, model) for value in (loss.estimate, loss.high, loss.low)]
    if not np.isfinite(values).all():
        return None
    estimate, low, high = values
    return loss.model_copy(update={"estimate": estimate, "low": low, "high": high})


def metric_of_loss(loss: float, reference: MonitoringReference, model: LossModel) -> float:
    """Return a regression metric, higher being better, by its mean loss.

    R2 needs the target's variance, which nobody knows of the window: it is taken to be the holdout's.
    """
    if reference.metric == "r2":
        unexplained = 1 - reference.quality.estimate
        return 1 - unexplained * loss / model.mean if unexplained > 0 and model.mean > 0 else math.nan
    return -math.sqrt(loss) if reference.metric == "neg_root_mean_squared_error" else -loss


def _parts(
    counts: WindowCounts, reference: MonitoringReference, model: LossModel
) -> list[tuple[FeatureLoss, Doubles, Doubles]]:
    """Return each part of the model with rows by bin in the window and in the reference."""
    parts = [
        (part, window_rows(counts.features[name]), profile_rows(reference.features[name]))
        for name, part in model.features.items()
        if name in counts.features and name in reference.features
    ]
    if model.answer and counts.value and reference.value:
        parts.append((model.answer, window_rows(counts.value), profile_rows(reference.value)))
    return [(part, now, then) for part, now, then in parts if now.sum()]


def _distance(part: FeatureLoss, now: Doubles, then: Doubles) -> float:
    """Return the chi-squared distance between shares of the groups: bins of one coefficient are one group."""
    _, groups = np.unique(coefficients(part), return_inverse=True)
    before, after = np.bincount(groups, weights=shares(then)), np.bincount(groups, weights=shares(now))
    known = before > 0
    return float((np.square(after - before)[known] / before[known]).sum())
