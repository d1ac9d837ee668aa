"""Caution where few rows decide: a bootstrap knows only what it has seen.

Where a model beats another on 4 rows and loses on none, resamples say that it is better, while a coin would
do the same once in 16 times. And where two models happen to call every row alike, no resample tells them
apart, though the next row may. So a standard error is taken as if z squared more rows had spoken than did:
what Agresti & Min (2005) do for paired proportions, with Wilson's (1927) number of rows. For accuracy a model
is then called better about where the exact sign test would at the same level; where no row spoke it is the
rule of three (3.84 rows instead of 3.69 at 95 %). Where all rows speak it changes nothing that can be seen.
"""

from __future__ import annotations

import math

import numpy as np

from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import Flags, FloatArray
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.measures.named_class import named_class


def largest_step(metric: str, y: FloatArray) -> float | None:
    """Return by how much one row, called otherwise, can move a metric at most; None if it counts no hits.

    Args:
        metric: By scikit-learn's name.
        y: Class indices, shape ``(n,)``.
    """
    if metric == "accuracy":
        return 1 / len(y)
    if metric not in ("f1", "balanced_accuracy", "f1_macro"):
        return None
    counts = np.bincount(y.astype(np.intp), minlength=2)
    if metric == "f1":
        # 2 TP / (actual + called): the numerator moves by 2, the denominator is at least the positives.
        return 2 / max(int(counts[1]), 1)
    # A mean over classes; another answer moves the recall of one class, but the F1 of two.
    present = counts[counts > 0]
    return (1 if metric == "balanced_accuracy" else 4) / (len(present) * int(present.min()))


def called_otherwise(task: Task, first: FloatArray, second: FloatArray) -> Flags:
    """Tell on which rows two models' outputs, shape ``(n, k)``, name different classes."""
    differ: Flags = named_class(task, first) != named_class(task, second)
    return differ


def cautious(interval: Interval, *, error: float, quantile: float, spoke: int, step: float) -> Interval:
    """Widen an interval to the studentized one on each side where that is wider.

    Args:
        interval: As the bootstrap has it.
        error: The bootstrap's standard error.
        quantile: How many of them to go each way.
        spoke: Rows that told the models apart, or that a model got wrong.
        step: What one row more would change at most; asked for where none spoke.
    """
    reach = quantile * (error * math.sqrt(1 + quantile**2 / spoke) if spoke else step * quantile)
    low, high = interval.estimate - reach, interval.estimate + reach
    return interval.model_copy(update={"low": min(interval.low, low), "high": max(interval.high, high)})
