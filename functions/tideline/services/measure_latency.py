"""Measure what one prediction takes, one row a call as requests come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.evaluation.inspection.findings import Latency
from tideline.domain.evaluation.inspection.probe import Predict
from tideline.ports import Stopwatch
from tideline.services.inspect_model import as_requests

# The 99th percentile of 500 calls has five beyond it.
CALLS = 500
# The first calls pay for memory that later ones find.
_WARM_UP = 20


def measure_latency(
    predict: Predict, columns: Mapping[str, NDArray[Any]], *, rows: int, stopwatch: Stopwatch
) -> Latency:
    """Call with rows spread evenly over the holdout, each by itself.

    Args:
        predict: The loaded artifact.
        columns: Raw features by name, shape ``(rows,)`` each.
        rows: How many there are, at least one.
        stopwatch: Read before and after each call.
    """
    chosen = np.linspace(0, rows - 1, CALLS).astype(np.intp)
    requests = as_requests(columns, chosen)
    for call in range(_WARM_UP):
        predict(_one(requests, call))
    seconds = [_time(predict, _one(requests, call), stopwatch) for call in range(CALLS)]
    p50, p99 = np.percentile(np.array(seconds) * 1e6, (50, 99))
    return Latency(calls=CALLS, p50_us=float(p50), p99_us=float(p99))


def _one(requests: Mapping[str, NDArray[Any]], call: int) -> Mapping[str, NDArray[Any]]:
    return {name: column[call : call + 1] for name, column in requests.items()}


def _time(predict: Predict, row: Mapping[str, NDArray[Any]], stopwatch: Stopwatch) -> float:
    started = stopwatch()
    predict(row)
    return stopwatch() - started
