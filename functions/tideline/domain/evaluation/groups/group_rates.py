"""Measure how a candidate treats groups: their rates, and the widest gap between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.contract.spec import FairnessSpec
from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import Doubles, Flags, FloatArray
from tideline.domain.evaluation.groups.fairness import FairnessFinding, FairnessMetric, GroupRate
from tideline.domain.evaluation.groups.slicing import Labelled, label
from tideline.domain.evaluation.inference.rate_intervals import GroupSample, gap_interval
from tideline.domain.evaluation.measures.named_class import named_class

# A rate of 30 rows is known within some 18 points either way: fewer would say nothing about any `max_gap`.
MIN_GROUP_ROWS = 30
_TWO = 2

# Of which rows a metric speaks, and what each of them counts as; all of shape ``(n,)``.
_Rates = dict[FairnessMetric, tuple[Flags, Doubles]]


def measure_fairness(
    task: Task,
    *,
    y: FloatArray,
    raw: FloatArray,
    columns: Mapping[str, NDArray[Any]],
    rules: FairnessSpec,
    confidence: float,
) -> tuple[FairnessFinding, ...]:
    """Measure every rate of the task for every attribute; the spec's own has `max_gap`.

    Args:
        task: ``binary`` or ``regression``: no other has a fairness section.
        y: Class indices, of which 1 is the positive class, or numbers, shape ``(n,)``.
        raw: The candidate's outputs, shape ``(n, k)``; its answer is the class that serving names.
        columns: Raw values by name, shape ``(n,)`` each, of whatever attributes there are.
        rules: Which attributes, and which rate is judged.
        confidence: Of the intervals.
    """
    rates = _mean_errors(y, raw) if task == "regression" else _class_rates(y, raw)
    return tuple(
        _finding(attribute, metric, speaks_of, values, columns=columns, rules=rules, confidence=confidence)
        for attribute in dict.fromkeys(rules.attributes)
        for metric, (speaks_of, values) in rates.items()
    )


def _class_rates(y: FloatArray, raw: FloatArray) -> _Rates:
    selected = (named_class("binary", raw) == 1).astype(np.float64)
    positive = y == 1
    return {
        "selection_rate": (np.ones(len(y), dtype=np.bool_), selected),
        "true_positive_rate": (positive, selected),
        "false_positive_rate": (~positive, selected),
    }


def _mean_errors(y: FloatArray, raw: FloatArray) -> _Rates:
    """Return prediction minus truth: a group whose mean is above 0 is overrated."""
    return {"mean_error": (np.ones(len(y), dtype=np.bool_), raw[:, 0].astype(np.float64) - y)}


def _finding(
    attribute: str,
    metric: FairnessMetric,
    speaks_of: Flags,
    values: Doubles,
    *,
    columns: Mapping[str, NDArray[Any]],
    rules: FairnessSpec,
    confidence: float,
) -> FairnessFinding:
    max_gap = rules.max_gap if metric == rules.metric else None
    if attribute not in columns:
        return _without_gap(attribute, metric, (), max_gap, "the holdout has no such column")
    labelled = label(attribute, columns[attribute])
    samples = _samples(labelled, speaks_of, values, is_rate=metric != "mean_error")
    groups = tuple(_group_rate(name, sample, confidence) for name, sample in samples.items())
    counted = {name: sample for name, sample in samples.items() if len(sample.values) >= MIN_GROUP_ROWS}
    if len(counted) < _TWO:
        why = f"fewer than two groups have {MIN_GROUP_ROWS} rows of which it speaks"
        return _without_gap(attribute, metric, groups, max_gap, why)
    highest = max(counted, key=lambda name: counted[name].estimate)
    lowest = min(counted, key=lambda name: counted[name].estimate)
    pairs = len(counted) * (len(counted) - 1) // 2
    return FairnessFinding(
        attribute=attribute,
        metric=metric,
        groups=groups,
        gap=gap_interval(counted[highest], counted[lowest], confidence=confidence, pairs=pairs),
        highest=highest,
        lowest=lowest,
        max_gap=max_gap,
    )


def _samples(
    labelled: Labelled, speaks_of: Flags, values: Doubles, *, is_rate: bool
) -> dict[str, GroupSample]:
    return {
        text: GroupSample(values[(labelled.codes == code) & speaks_of], is_rate)
        for code, text in enumerate(labelled.texts)
    }


def _group_rate(name: str, sample: GroupSample, confidence: float) -> GroupRate:
    rows = len(sample.values)
    too_few = f"fewer than {MIN_GROUP_ROWS} rows" if rows < MIN_GROUP_ROWS else None
    measurable = rows >= (1 if sample.is_rate else _TWO)
    rate = sample.interval(confidence=confidence) if measurable else None
    return GroupRate(group=name, rows=rows, rate=rate, unjudged=too_few)


def _without_gap(
    attribute: str,
    metric: FairnessMetric,
    groups: tuple[GroupRate, ...],
    max_gap: float | None,
    unjudged: str,
) -> FairnessFinding:
    return FairnessFinding(
        attribute=attribute,
        metric=metric,
        groups=groups,
        gap=None,
        highest=None,
        lowest=None,
        max_gap=max_gap,
        unjudged=unjudged,
    )
