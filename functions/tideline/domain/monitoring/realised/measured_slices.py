"""The metric on each slice of some rows: of the holdout for the reference, of a period for comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import FloatArray
from tideline.domain.evaluation.groups.slice_judging import slice_resamples
from tideline.domain.evaluation.groups.slicing import MAX_SLICES
from tideline.domain.monitoring.realised.measured_metric import Measured, measure_metric
from tideline.domain.monitoring.realised.value_slices import ValueSlice, value_slices
from tideline.domain.monitoring.record import SliceQuality
from tideline.domain.training.profile import ColumnProfile


@dataclass(frozen=True, eq=False)
class MeasuredRows:
    """Answers, outcomes and the columns to slice by, as `metric_statistics` takes them."""

    task: Task
    y: FloatArray
    raw: FloatArray
    columns: Mapping[str, NDArray[Any]]


def measure_slices(
    rows: MeasuredRows,
    features: Mapping[str, ColumnProfile],
    *,
    metric: str,
    min_rows: int,
    confidence: float,
    seed: int,
) -> tuple[SliceQuality, ...]:
    """Return the metric on every slice, the largest first; its interval is None where it means nothing."""
    return tuple(
        SliceQuality(
            feature=cut.feature,
            value=cut.value,
            rows=len(cut.rows),
            interval=measured.interval(confidence=confidence) if measured else None,
        )
        for cut, measured in measured_slices(rows, features, metric=metric, min_rows=min_rows, seed=seed)
    )


def measured_slices(
    rows: MeasuredRows, features: Mapping[str, ColumnProfile], *, metric: str, min_rows: int, seed: int
) -> list[tuple[ValueSlice, Measured | None]]:
    """Return the largest slices with what was measured on them, None where the metric means nothing."""
    found = sorted(value_slices(rows.columns, features, min_rows=min_rows), key=lambda cut: -len(cut.rows))
    taken = found[:MAX_SLICES]
    resamples = slice_resamples(int(np.sum([len(cut.rows) for cut in taken])))
    return [
        (
            cut,
            measure_metric(
                rows.task,
                metric,
                y=rows.y[cut.rows],
                raw=rows.raw[cut.rows],
                seed=seed,
                resamples=resamples,
            ),
        )
        for cut in taken
    ]
