"""The estimated quality of a window: by confidence for classification, by a loss model for regression."""

from __future__ import annotations

import math

from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.estimation.confidence import confidence_interval, expected_metric
from tideline.domain.monitoring.estimation.direct_loss import loss_interval, metric_interval, metric_of_loss
from tideline.domain.monitoring.estimation.trust import CONCEPT_DRIFT, doubts
from tideline.domain.monitoring.margins import allowed_fall
from tideline.domain.monitoring.record import QualityEstimate
from tideline.domain.monitoring.reference import MonitoringReference

_SAME_SPREAD = "R2 is estimated as if the target varied as much as on the holdout"


def estimate_quality(
    counts: WindowCounts, reference: MonitoringReference, *, margin: float, min_rows: int, confidence: float
) -> QualityEstimate | None:
    """Estimate the metric that decides.

    It has dropped where even the upper bound lies below what the same estimate says of the holdout by more
    than is allowed (`allowed_fall`): a bias that the estimate has on the holdout too is no drop.

    Args:
        counts: Of a window, over the reference's bins.
        reference: Of the version that answered.
        margin: `evaluation.margin` of the spec.
        min_rows: Fewer are not to be trusted.
        confidence: Of the interval, two-sided.

    Returns:
        None where there is nothing to estimate from: no answers, no calibration or loss model, or a metric
        that means nothing on these answers.
    """
    regression = reference.task == "regression"
    found = (
        _direct(counts, reference, confidence) if regression else _confident(counts, reference, confidence)
    )
    if found is None:
        return None
    estimate, baseline = found
    doubtful = doubts(counts, reference, min_rows=min_rows)
    certain = (CONCEPT_DRIFT, *((_SAME_SPREAD,) if reference.metric == "r2" else ()))
    return QualityEstimate(
        method="direct_loss" if regression else "confidence",
        metric=reference.metric,
        estimate=estimate,
        reference=baseline,
        dropped=estimate.high < baseline - allowed_fall(reference.metric, reference=baseline, margin=margin),
        trusted=not doubtful,
        caveats=(*doubtful, *certain),
    )


def _confident(
    counts: WindowCounts, reference: MonitoringReference, confidence: float
) -> tuple[Interval, float] | None:
    known = set(reference.classes) & reference.calibration.keys() & reference.outputs.keys()
    if not known or known - counts.outputs.keys() or not sum(counts.outputs[reference.classes[0]].scores):
        return None
    estimate = confidence_interval(counts.outputs, reference, confidence=confidence)
    baseline = expected_metric(reference.outputs, reference)
    return (estimate, baseline) if estimate and math.isfinite(baseline) else None


def _direct(
    counts: WindowCounts, reference: MonitoringReference, confidence: float
) -> tuple[Interval, float] | None:
    model = reference.loss
    if model is None or not counts.rows:
        return None
    loss = loss_interval(counts, reference, model, confidence=confidence)
    estimate = metric_interval(loss, reference, model)
    return (estimate, metric_of_loss(model.mean, reference, model)) if estimate else None
