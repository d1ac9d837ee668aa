"""References and windows of made-up columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.inspection.findings import Importance
from tideline.domain.monitoring.counting.columns import count_categories, count_numbers, count_scores
from tideline.domain.monitoring.counting.counts import ColumnCounts, OutputCounts, WindowCounts
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.training.profile import (
    CategoryProfile,
    ColumnProfile,
    profile_categories,
    profile_numbers,
)

# Numbers, or texts of which None is missing.
Column = np.ndarray | Sequence[str | None]


def profile(values: Column) -> ColumnProfile:
    if isinstance(values, np.ndarray):
        return profile_numbers(values.astype(np.float32))
    known = Counter(value for value in values if value is not None)
    top = dict(sorted(known.items(), key=lambda pair: (-pair[1], pair[0])))
    return profile_categories(
        top, count=len(values), missing=len(values) - known.total(), distinct=len(known)
    )


def counted(against: ColumnProfile, values: Column) -> ColumnCounts:
    if isinstance(against, CategoryProfile):
        known = Counter(value for value in values if value is not None)
        return count_categories(against, known, missing=len(values) - known.total())
    return count_numbers(against, np.asarray(values, dtype=np.float32))


def interval(estimate: float) -> Interval:
    return Interval(
        estimate=estimate, low=estimate - 0.01, high=estimate + 0.01, confidence=0.95, resamples=0, rows=1000
    )


def importance(**drops: float) -> tuple[Importance, ...]:
    return tuple(
        Importance(feature=name, drop=drop, low=drop / 2, high=drop * 1.5, repeats=5)
        for name, drop in drops.items()
    )


def scores(values: np.ndarray) -> OutputCounts:
    return count_scores(values, values >= 0.5)


def reference(
    columns: Mapping[str, Column],
    *,
    outputs: Mapping[str, np.ndarray] | None = None,
    value: np.ndarray | None = None,
    task: str = "binary",
    metric: str = "roc_auc",
    quality: float = 0.9,
    important: tuple[Importance, ...] = (),
) -> MonitoringReference:
    classes = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}[task]
    return MonitoringReference.model_validate(
        {
            "model": "churn",
            "run_id": "run",
            "artifact_sha256": "0" * 64,
            "task": task,
            "classes": classes,
            "metric": metric,
            "rows": 1000,
            "features": {name: profile(values) for name, values in columns.items()},
            "outputs": {name: scores(values) for name, values in (outputs or {}).items()},
            "value": None if value is None else profile(value),
            "quality": interval(quality),
            "importance": important,
        }
    )


def window(
    against: MonitoringReference,
    columns: Mapping[str, Column],
    *,
    outputs: Mapping[str, np.ndarray] | None = None,
    value: np.ndarray | None = None,
) -> WindowCounts:
    rows = [len(values) for values in (*columns.values(), *(outputs or {}).values())]
    return WindowCounts(
        model="churn",
        version=1,
        rows=max([*rows, 0 if value is None else len(value)], default=0),
        features={name: counted(against.features[name], values) for name, values in columns.items()},
        outputs={name: scores(values) for name, values in (outputs or {}).items()},
        value=None if value is None or against.value is None else count_numbers(against.value, value),
    )
