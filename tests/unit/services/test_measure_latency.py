from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tideline.services.measure_latency import CALLS, measure_latency


class Model:
    """Takes as many seconds for a row as its `x` says."""

    def __init__(self) -> None:
        self.time = 0.0
        self.asked: list[dict[str, Any]] = []

    def predict(self, row: Any) -> Any:
        self.asked.append({name: column.tolist() for name, column in row.items()})
        self.time += float(row["x"][0])
        return np.zeros((1, 1), np.float32)


def measure(x: list[float]) -> tuple[Any, Model]:
    model = Model()
    columns = {"x": np.array(x), "plan": np.array([f"p{n}" for n in range(len(x))])}
    found = measure_latency(model.predict, columns, rows=len(x), stopwatch=lambda: model.time)
    return found, model


def test_each_call_is_one_row_of_the_holdout_first_to_last() -> None:
    _, model = measure([0.1, 0.2, 0.3])
    counted = model.asked[-CALLS:]
    assert all(len(values) == 1 for row in counted for values in row.values())
    assert (counted[0], counted[-1]) == ({"x": [0.1], "plan": ["p0"]}, {"x": [0.3], "plan": ["p2"]})


def test_percentiles_are_in_microseconds() -> None:
    found, _ = measure([0.001] * 98 + [0.5] * 2)
    assert found.calls == CALLS
    assert found.p50_us == pytest.approx(1_000)
    assert found.p99_us == pytest.approx(500_000)


def test_one_row_is_enough() -> None:
    assert measure([0.002])[0].p50_us == pytest.approx(2_000)
