"""What a feature's shift does to the loss: the change of its bins' shares times their parts of the loss."""

from __future__ import annotations

import numpy as np

from tideline.domain.evaluation.arrays import Doubles
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.estimation.reference_bins import profile_rows, shares, window_rows
from tideline.domain.monitoring.reference import FeatureLoss, MonitoringReference


def feature_effects(counts: WindowCounts, reference: MonitoringReference) -> dict[str, float]:
    """Return by feature the estimated change of the mean loss against the training rows; positive is worse.

    In the loss's unit, all else equal. Nothing for features that the loss model does not know, or that were
    not counted; nothing at all without rows or without a model.
    """
    if reference.loss is None or not counts.rows:
        return {}
    return {
        name: effect_of(
            part, now=window_rows(counts.features[name]), then=profile_rows(reference.features[name])
        )
        for name, part in reference.loss.features.items()
        if name in counts.features and name in reference.features
    }


def effect_of(part: FeatureLoss, *, now: Doubles, then: Doubles) -> float:
    """Return the change of the mean loss from rows by bin then to those now, shape ``(bins + 2,)`` each."""
    if not now.sum() or not then.sum():
        return 0.0
    return float((shares(now) - shares(then)) @ coefficients(part))


def coefficients(part: FeatureLoss) -> Doubles:
    """Return a column's parts of the loss in the order of `reference_bins`, shape ``(bins + 2,)``."""
    return np.array([*part.bins, part.other, part.missing])
