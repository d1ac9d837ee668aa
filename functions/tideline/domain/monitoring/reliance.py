"""On which features a model relies, in the unit of its metric."""

from __future__ import annotations

from collections.abc import Sequence

from tideline.domain.evaluation.inspection.findings import Importance
from tideline.domain.monitoring.margins import allowed_fall

# What shuffling a feature that says nothing moves a metric by, on holdouts of usual size: a margin below it,
# 0 too, would call every feature important.
LEAST_MARGIN = 0.001


def reliance_margin(margin: float, *, metric: str, quality: float) -> float:
    """Return by how much the metric has to fall, in its unit, where a feature is shuffled that is relied on.

    As much as would be called a drop (`allowed_fall`): what costs less when it says nothing at all cannot do
    the harm that is watched for.

    Args:
        margin: `evaluation.margin`, in the metric's unit.
        metric: By scikit-learn's name.
        quality: The metric on the holdout.
    """
    return max(allowed_fall(metric, reference=quality, margin=margin), LEAST_MARGIN)


def relied_upon(importance: Sequence[Importance], *, margin: float) -> dict[str, bool]:
    """Return for each feature that was measured whether shuffling it cost more than the margin at its worst.

    The largest drop of the repeats counts, not their mean: what may matter is taken to.
    """
    return {one.feature: one.high > margin for one in importance}
