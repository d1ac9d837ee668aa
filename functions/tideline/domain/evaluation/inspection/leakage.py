"""Suspects of target leakage: features that alone nearly determine the target.

Looked for in training rows, because that is where a leak does its harm and where most rows are. One half of
a sample says what each value of a feature stands for, the other half tells how well that holds: a feature
with a value of its own for every row, such as an identifier, gains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tideline.domain.encoding import Encoding, FeatureEncoding, Task
from tideline.domain.evaluation.arrays import Doubles, FloatArray, IndexArray
from tideline.domain.evaluation.inspection.findings import LeakageSuspect
from tideline.domain.evaluation.measures.rank_metrics import RankedScores

# Nine tenths of all there is to tell, by one feature: an AUC of 0.95 (Gini 0.9), R2 of 0.9, or nine of ten
# errors of the most frequent class avoided. Honest single features of hard problems stay far below (on the
# shared data sets: 0.78 AUC, 0.57 R2), while a copy of the target with noise in it passes. Products that
# look for the same ask the same of a model on one feature, such as H2O Driverless AI by AUC and R2.
SUSPICIOUS_SHARE = 0.9
# With 10,000 rows a half, the standard error of an AUC of 0.95 is below 0.003.
SAMPLE_ROWS = 20_000
# Edges of bins for numbers: so many by rows, and so many by values, which part a few rows off the rest.
_EDGES = 50
# A value is taken to have been seen this often with the overall mean, so that one row decides little.
_PRIOR_ROWS = 1.0
_SHOWN = 10

_METRICS: dict[Task, str] = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "r2"}


@dataclass(frozen=True)
class Strength:
    """How well one feature alone tells the target.

    Attributes:
        value: By the metric: ROC AUC, accuracy or R2.
        threshold: From here on it is a suspect, inclusive.
        share: Of all there is to tell: 0 for nothing, or below by chance, and 1 for everything.
    """

    feature: str
    metric: str
    value: float
    threshold: float
    share: float


def feature_strengths(x: FloatArray, y: FloatArray, *, encoding: Encoding, seed: int) -> tuple[Strength, ...]:
    """Measure every feature by itself.

    Args:
        x: Encoded features, shape ``(n, n_features)``.
        y: Class indices or numbers, shape ``(n,)``.
        encoding: Names and types of the columns.
        seed: Decides which rows are in which half.

    Returns:
        In the encoding's order; nothing where a half has one class or one value only.
    """
    order = np.random.default_rng(seed).permutation(len(y))
    first, second = order[: len(y) // 2], order[len(y) // 2 :]
    if len(first) == 0 or np.ptp(y[first]) == 0 or np.ptp(y[second]) == 0:
        return ()
    found = []
    for column, feature in zip(x.T, encoding.features, strict=True):
        codes = _codes(column, feature, first)
        found.append(_strength(feature.name, encoding.task, codes, y, first=first, second=second))
    return tuple(found)


def suspects(strengths: Sequence[Strength]) -> tuple[LeakageSuspect, ...]:
    """Return the features that tell too much, the strongest first."""
    strong = [one for one in strengths if one.value >= one.threshold]
    return tuple(
        LeakageSuspect(feature=one.feature, metric=one.metric, value=one.value, threshold=one.threshold)
        for one in sorted(strong, key=lambda one: (-one.share, one.feature))
    )


def suspect_warnings(found: Sequence[LeakageSuspect], *, target: str) -> tuple[str, ...]:
    """Return a sentence for each suspect, and one for those beyond the first ten."""
    sentences = [
        f"{one.feature!r} alone nearly determines {target!r} ({one.metric} {one.value:.3f} on training rows;"
        f" suspicious from {one.threshold:.3f}): is it known before the outcome is?"
        for one in found[:_SHOWN]
    ]
    more = len(found) - _SHOWN
    return (*sentences, *([f"{more:,} more features alone nearly determine {target!r}"] if more > 0 else []))


def _codes(column: FloatArray, feature: FeatureEncoding, first: IndexArray) -> IndexArray:
    """Return a small number for each row's value; 0 is missing."""
    missing = np.isnan(column)
    if feature.type == "category":
        return np.where(missing, 0, np.nan_to_num(column) + 1).astype(np.intp)
    known = column[first][~missing[first]]
    if len(known) == 0:
        return (~missing).astype(np.intp)
    marks = np.linspace(0, 1, _EDGES + 1)
    edges = np.unique([np.quantile(values, marks, method="lower") for values in (known, np.unique(known))])
    return np.where(missing, 0, np.searchsorted(edges, column, side="right") + 1)


def _strength(
    feature: str, task: Task, codes: IndexArray, y: FloatArray, *, first: IndexArray, second: IndexArray
) -> Strength:
    targets = np.eye(int(y.max()) + 1)[y.astype(np.intp)] if task == "multiclass" else y[:, None]
    means = _means(codes[first], targets[first].astype(np.float64), size=int(codes.max()) + 1)
    answers, truth = means[codes[second]], y[second].astype(np.float64)
    if task == "binary":
        ranked = RankedScores.of(answers[:, 0], positive_rows=truth == 1)
        value, blind = float(ranked.roc_auc(np.ones((1, len(truth))))[0]), 0.5
    elif task == "multiclass":
        most_frequent = int(np.argmax(targets[first].sum(axis=0)))
        value, blind = float(np.mean(answers.argmax(axis=1) == truth)), float(np.mean(truth == most_frequent))
    else:
        spread = np.square(truth - truth.mean()).sum()
        value, blind = float(1 - np.square(truth - answers[:, 0]).sum() / spread), 0.0
    return Strength(
        feature=feature,
        metric=_METRICS[task],
        value=value,
        threshold=blind + SUSPICIOUS_SHARE * (1 - blind),
        share=(value - blind) / (1 - blind) if blind < 1 else 0.0,
    )


def _means(codes: IndexArray, targets: Doubles, *, size: int) -> Doubles:
    """Return the mean target of each code, shape ``(size, k)``; those never seen have the overall mean."""
    rows = np.bincount(codes, minlength=size)[:, None]
    sums = np.column_stack([np.bincount(codes, weights=t, minlength=size) for t in targets.T])
    means: Doubles = (sums + _PRIOR_ROWS * targets.mean(axis=0)) / (rows + _PRIOR_ROWS)
    return means
