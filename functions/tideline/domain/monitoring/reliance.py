"""On which features a model relies, in the unit of its metric."""

from __future__ import annotations

from collections.abc import Sequence

from tideline.domain.evaluation.inspection.findings import Importance

# Metrics in the target's own unit, or its square: a thousandth is nothing for rents and all for rates.
SCALED_METRICS = frozenset(
    {"neg_root_mean_squared_error", "neg_mean_absolute_error", "neg_mean_squared_error"}
)
# What shuffling a feature that says nothing moves a metric by, on holdouts of usual size: a margin below it,
# 0 too, would call every feature important.
LEAST_MARGIN = 0.001


def reliance_margin(margin: float, *, metric: str, quality: float) -> float:
    """Return by how much the metric has to fall, in its unit, for a fall to be more than the margin allows.

    Args:
        margin: `evaluation.margin`. In the metric's unit where that has one scale for all models; for errors
            in the target's unit it is a share of the error, so that 0.005 is half a percent of the RMSE.
        metric: By scikit-learn's name.
        quality: The metric on the holdout.
    """
    least = max(margin, LEAST_MARGIN)
    return least * abs(quality) if metric in SCALED_METRICS else least


def relied_upon(importance: Sequence[Importance], *, margin: float) -> dict[str, bool]:
    """Return for each feature that was measured whether shuffling it cost more than the margin at its worst.

    The largest drop of the repeats counts, not their mean: what may matter is taken to.
    """
    return {one.feature: one.high > margin for one in importance}
