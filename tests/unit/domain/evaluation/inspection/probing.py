"""A model by a formula, and rows to ask it about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.encoding import Encoding, FeatureEncoding, Task
from tideline.domain.evaluation.inspection.probe import Probe

FEATURES = (
    FeatureEncoding(name="strong", type="number"),
    FeatureEncoding(name="weak", type="number"),
    FeatureEncoding(name="noise", type="number"),
    FeatureEncoding(name="constant", type="number"),
    FeatureEncoding(name="all missing", type="number"),
    FeatureEncoding(name="plan", type="category", vocabulary=("a", "b")),
)
METRICS: dict[Task, str] = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "r2"}
CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("low", "middle", "high"),
    "regression": (),
}


def encoding_of(task: Task) -> Encoding:
    return Encoding(task=task, features=FEATURES, classes=CLASSES[task])


def rows(n: int = 2_000, *, seed: int = 0) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(seed)
    return {
        "strong": random.normal(size=n).astype(np.float32),
        "weak": random.normal(size=n).astype(np.float32),
        "noise": random.normal(size=n).astype(np.float32),
        "constant": np.full(n, 3, np.float32),
        "all missing": np.full(n, np.nan, np.float32),
        "plan": random.choice(["a", "b"], n),
    }


def total(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """2 strong + 0.5 weak, and 1 for plan b; a missing number counts 0, an unknown plan 5."""
    plan = columns["plan"].astype(str)
    effect = np.select([plan == "a", plan == "b"], [0.0, 1.0], 5.0)
    numbers = {name: np.nan_to_num(columns[name].astype(float)) for name in ("strong", "weak")}
    return 2 * numbers["strong"] + 0.5 * numbers["weak"] + effect


def predict(task: Task, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    value = total(columns)
    if task == "regression":
        return value[:, None].astype(np.float32)
    if task == "binary":
        p = 1 / (1 + np.exp(-value))
        return np.column_stack([1 - p, p]).astype(np.float32)
    distance = np.exp(-np.abs(value[:, None] - np.array([-2.0, 0.5, 3.0])))
    return (distance / distance.sum(axis=1, keepdims=True)).astype(np.float32)


def make_probe(task: Task, *, n: int = 2_000, y: NDArray[Any] | None = None) -> Probe:
    columns = rows(n)
    raw = predict(task, columns)
    noisy = total(columns) + np.random.default_rng(1).normal(size=n)
    known: dict[Task, Any] = {
        "binary": noisy > 0.5,
        "multiclass": np.digitize(noisy, [-0.75, 1.75]),
        "regression": noisy,
    }
    return Probe(
        predict=lambda changed: predict(task, changed),
        columns=columns,
        y=(known[task] if y is None else y).astype(np.float32),
        raw=raw,
        task=task,
        metric=METRICS[task],
    )
