"""Learn the loss of a row from where its values lie: an additive model that can be read off counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.evaluation.arrays import Doubles, IndexArray
from tideline.domain.monitoring.estimation.coarse_groups import group_bins
from tideline.domain.monitoring.estimation.reference_bins import bins_of, row_bins
from tideline.domain.monitoring.estimation.ridge import fit_ridge
from tideline.domain.monitoring.estimation.row_losses import Loss
from tideline.domain.monitoring.reference import FeatureLoss, LossModel
from tideline.domain.training.profile import ColumnProfile

# With fewer, ten groups of a feature have less than twenty rows each.
MIN_ROWS = 200
# Bound the work to some 5 billion operations and 20 MB at a time.
MAX_ROWS = 20_000
MAX_FEATURES = 40


@dataclass(frozen=True, eq=False)
class LossColumn:
    """A column to learn from: raw values, shape ``(n,)``, and the reference that they are binned by."""

    values: NDArray[Any]
    profile: ColumnProfile


@dataclass(frozen=True, eq=False)
class _Grouped:
    groups: IndexArray
    codes: IndexArray

    @property
    def size(self) -> int:
        return int(self.groups.max(initial=-1)) + 1


def fit_loss(
    loss: Loss, losses: Doubles, *, features: Mapping[str, LossColumn], answer: LossColumn | None
) -> LossModel | None:
    """Fit a loss by its rows' bins; coefficients of a column sum to 0 over the holdout's rows.

    Args:
        loss: What `losses` are.
        losses: Of holdout rows, shape ``(n,)``.
        features: Of the same rows, the most important first: only `MAX_FEATURES` are learnt from.
        answer: A regression's answers; None for classification.

    Returns:
        None where there are fewer than `MIN_ROWS` rows.
    """
    if len(losses) < MIN_ROWS:
        return None
    # Evenly spread, so that a holdout in order of time is not cut at one end.
    rows = np.unique(np.linspace(0, len(losses) - 1, min(MAX_ROWS, len(losses))).astype(np.intp))
    columns = dict(list(features.items())[:MAX_FEATURES]) | ({"": answer} if answer else {})
    grouped = {name: _grouped(column, rows) for name, column in columns.items()}
    target = losses[rows]
    fit = fit_ridge([one.codes for one in grouped.values()], [one.size for one in grouped.values()], target)
    parts, start = {}, 1
    for name, one in grouped.items():
        parts[name] = _part(one, fit.coefficients[start : start + one.size])
        start += one.size
    return LossModel(
        loss=loss,
        intercept=float(target.mean()),
        features={name: part for name, part in parts.items() if name},
        answer=parts.get(""),
        residual_std=fit.residual_std,
        mean=float(target.mean()),
        rows=len(rows),
        explained=fit.explained,
    )


def _grouped(column: LossColumn, rows: IndexArray) -> _Grouped:
    bins = row_bins(column.values[rows], column.profile)
    counted = np.bincount(bins, minlength=bins_of(column.profile) + 2).astype(np.float64)
    groups = group_bins(counted, column.profile)
    return _Grouped(groups, groups[bins])


def _part(grouped: _Grouped, coefficients: Doubles) -> FeatureLoss:
    """Return coefficients by fine bin about their mean over the rows; 0, the mean, for what has no group."""
    held = grouped.codes[grouped.codes >= 0]
    mean = coefficients[held].mean() if len(held) else 0.0
    *bins, other, missing = np.append(coefficients - mean, 0.0)[grouped.groups].tolist()
    return FeatureLoss(bins=tuple(bins), missing=missing, other=other)
