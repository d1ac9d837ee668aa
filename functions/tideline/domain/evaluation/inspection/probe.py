"""A model and rows to ask it about, one column changed at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import FloatArray
from tideline.domain.evaluation.measures.metrics import evaluate, metric_statistics

# Raw features by name, shape (n,) each, to outputs of shape (n, k).
Predict: TypeAlias = Callable[[Mapping[str, NDArray[Any]]], FloatArray]


@dataclass(frozen=True, eq=False)
class Probe:
    """What importance and sensitivity ask.

    Attributes:
        columns: Raw features by name, shape ``(n,)`` each.
        y: Class indices or numbers, shape ``(n,)``.
        raw: Answers to the columns as they are, shape ``(n, k)``.
        metric: Which of the task's metrics; higher is better.
    """

    predict: Predict
    columns: Mapping[str, NDArray[Any]]
    y: FloatArray
    raw: FloatArray
    task: Task
    metric: str

    def answers_with(self, feature: str, values: NDArray[Any]) -> FloatArray:
        """Return the answers with one column replaced."""
        return self.predict({**self.columns, feature: values})

    def drop(self, raw: FloatArray) -> float | None:
        """Return by how much the metric falls with these answers; None where it means nothing."""
        fall = self._value(self.raw) - self._value(raw)
        return None if np.isnan(fall) else float(fall)

    def _value(self, raw: FloatArray) -> float:
        return evaluate(metric_statistics(self.task, y=self.y, raw=raw)[self.metric], rows=len(self.y))
