"""Made-up models whose quality is known: rows of any size, references of them, and windows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fakes.evidence import make_report
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding, FeatureEncoding, Task
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.measures.metrics import evaluate, metric_statistics
from tideline.domain.evaluation.measures.named_class import named_class
from tideline.domain.evaluation.verdict.gate import Decision
from tideline.domain.monitoring.counting.columns import count_scores
from tideline.domain.monitoring.counting.counts import (
    CategoryCounts,
    ColumnCounts,
    NumberCounts,
    WindowCounts,
)
from tideline.domain.monitoring.estimation.reference_bins import row_bins
from tideline.domain.monitoring.realised.measured_metric import measure_metric
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.monitoring.reference_making import EvaluatedRows, make_reference
from tideline.domain.training.profile import (
    ColumnProfile,
    NumberProfile,
    ReferenceProfile,
    profile_categories,
    profile_numbers,
)

CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("a", "b", "c"),
    "regression": (),
}
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Drawn:
    """Rows and what a model answers."""

    task: Task
    columns: dict[str, NDArray[Any]]
    y: Floats
    raw: Floats

    @property
    def rows(self) -> EvaluatedRows:
        return EvaluatedRows(columns=self.columns, y=self.y, raw=self.raw)

    def metric(self, name: str) -> float:
        return evaluate(metric_statistics(self.task, y=self.y, raw=self.raw)[name], rows=len(self.y))


def draw_binary(
    random: np.random.Generator, rows: int, *, centre: float = 0.0, spread: float = 2.0, over: float = 1.0
) -> Drawn:
    """Draw rows whose logit is normal; a model with `over` above 1 is surer of itself than it should be."""
    x = random.normal(centre, spread, size=rows)
    y = (random.random(rows) < _sigmoid(x)).astype(np.float32)
    p = _sigmoid(over * x)
    return Drawn("binary", _columns(random, x), y, np.column_stack([1 - p, p]).astype(np.float32))


def draw_multiclass(random: np.random.Generator, rows: int, *, spread: float = 1.5) -> Drawn:
    """Draw rows of three classes, each with a normal logit."""
    logits = random.normal(0, spread, size=(rows, 3)) + np.array([0.8, 0.0, -0.8])
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    y = (random.random((rows, 1)) > p.cumsum(axis=1)).sum(axis=1).clip(max=2).astype(np.float32)
    return Drawn("multiclass", _columns(random, logits[:, 0]), y, p.astype(np.float32))


def draw_regression(random: np.random.Generator, rows: int, *, centre: float = 0.0) -> Drawn:
    """Draw rows of a model whose error grows with x: its standard deviation is exp(x / 2)."""
    x = random.normal(centre, 1, size=rows)
    answers = 3 * x
    y = answers + np.exp(x / 2) * random.normal(size=rows)
    return Drawn("regression", _columns(random, x), y.astype(np.float32), answers[:, None].astype(np.float32))


def reference_of(
    drawn: Drawn, *, metric: str, private: tuple[str, ...] = (), **evaluation: Any
) -> MonitoringReference:
    """Return the reference of a holdout, whose rows stand for the training rows too."""
    spec = spec_of(drawn.task, metric=metric, private=private, **evaluation)
    features = {name: profiled(values) for name, values in drawn.columns.items()}
    encoding = Encoding(
        task=drawn.task,
        features=tuple(FeatureEncoding(name=name, type=rule.type) for name, rule in spec.features.items()),
        classes=CLASSES[drawn.task],
    )
    profile = ReferenceProfile(
        model=spec.model,
        run_id="r",
        dataset_version=1,
        spec_version=1,
        rows_train=len(drawn.y),
        rows_holdout=len(drawn.y),
        features=features,
        target=profile_numbers(drawn.y.astype(np.float32)),
    )
    report = make_report(spec, whole=False, decision=Decision.PROMOTE)
    report = report.model_copy(update={"decisive": quality_of(drawn, metric)})
    return make_reference(drawn.rows, spec=spec, encoding=encoding, profile=profile, report=report)


def spec_of(task: Task, *, metric: str, private: tuple[str, ...] = (), **evaluation: Any) -> ModelSpec:
    return ModelSpec.model_validate(
        {
            "model": "churn",
            "task": task,
            "target": "y",
            "features": {
                "x": {"type": "number", "private": "x" in private},
                "group": {"type": "category", "private": "group" in private},
            },
            "evaluation": {"metric": metric, **evaluation},
        }
    )


def quality_of(drawn: Drawn, metric: str) -> Interval:
    measured = measure_metric(drawn.task, metric, y=drawn.y, raw=drawn.raw, seed=1, resamples=400)
    interval = measured.interval(confidence=0.95) if measured else None
    return interval or Interval(estimate=0, low=0, high=0, confidence=0.95, resamples=0, rows=len(drawn.y))


def counted(drawn: Drawn, reference: MonitoringReference) -> WindowCounts:
    """Count rows over the reference's bins."""
    value = reference.value
    return WindowCounts(
        model=reference.model,
        version=1,
        rows=len(drawn.y),
        calls=len(drawn.y),
        features={name: column_counts(drawn.columns[name], one) for name, one in reference.features.items()},
        outputs={} if value else outputs_of(drawn),
        value=number_counts(drawn.raw[:, 0], value) if value else None,
    )


def outputs_of(drawn: Drawn) -> Any:
    named = named_class(drawn.task, drawn.raw)
    return {
        name: count_scores(drawn.raw[:, place], named == place)
        for place, name in enumerate(CLASSES[drawn.task])
    }


def column_counts(values: NDArray[Any], profile: ColumnProfile) -> ColumnCounts:
    if isinstance(profile, NumberProfile):
        return number_counts(values, profile)
    *counts, other, missing = _counts(values, profile, len(profile.counts))
    return CategoryCounts(missing=missing, counts=tuple(counts), other=other)


def number_counts(values: NDArray[Any], profile: NumberProfile) -> NumberCounts:
    *counts, _, missing = _counts(values, profile, len(profile.edges) + 1)
    return NumberCounts(
        missing=missing,
        below=int((values < profile.min).sum()) if profile.min is not None else 0,
        above=int((values > profile.max).sum()) if profile.max is not None else 0,
        counts=tuple(counts),
    )


def profiled(values: NDArray[Any], kind: str = "") -> ColumnProfile:
    """Return the profile of a column of numbers or texts."""
    if kind == "number" or (not kind and values.dtype.kind == "f"):
        return profile_numbers(values.astype(np.float32))
    known, rows = np.unique(values[values != ""], return_counts=True)
    top = {str(known[place]): int(rows[place]) for place in np.argsort(-rows, kind="stable")}
    missing = int((values == "").sum())
    return profile_categories(top, count=len(values), missing=missing, distinct=len(top))


def _counts(values: NDArray[Any], profile: ColumnProfile, bins: int) -> list[int]:
    counts: list[int] = np.bincount(row_bins(values, profile), minlength=bins + 2).tolist()
    return counts


def _columns(random: np.random.Generator, x: Floats) -> dict[str, NDArray[Any]]:
    return {"x": x.astype(np.float32), "group": np.where(random.random(len(x)) < 0.3, "left", "right")}


def _sigmoid(values: Floats) -> Floats:
    return 1 / (1 + np.exp(-values))
