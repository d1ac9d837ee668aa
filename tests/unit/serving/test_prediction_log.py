from __future__ import annotations

import json

import pytest

from tideline.serving.answers import Prediction
from tideline.serving.prediction_log import MAX_LINE_BYTES, LoggedCall, log_lines

_CALL = LoggedCall(
    model="churn",
    version=3,
    role="champion",
    generation=7,
    request_id="r-1",
    time=1767225600000,
    latency_ms=0.05,
    key=None,
)


def test_a_call_is_one_line_with_everything_that_monitoring_needs() -> None:
    [line] = log_lines(
        _CALL, [{"age": 40, "city": "a\nb"}], [Prediction("p-1", "yes", {"no": 0.1, "yes": 0.9})]
    )
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "type": "prediction",
        "schema_version": 1,
        "model": "churn",
        "version": 3,
        "role": "champion",
        "generation": 7,
        "request_id": "r-1",
        "time": 1767225600000,
        "latency_ms": 0.05,
        "key": None,
        "predictions": [
            {
                "prediction_id": "p-1",
                "features": {"age": 40, "city": "a\nb"},
                "value": "yes",
                "probabilities": {"no": 0.1, "yes": 0.9},
            }
        ],
    }


@pytest.mark.parametrize("size", [10, 300, 4_000])
def test_large_calls_are_split_below_what_cloudwatch_takes(size: int) -> None:
    count = 1000
    answers = [Prediction(f"p-{index}", 1.5) for index in range(count)]
    lines = list(log_lines(_CALL, [{"note": "x" * size}] * count, answers))
    assert all(len(line) <= MAX_LINE_BYTES for line in lines)
    logged = [part["prediction_id"] for line in lines for part in json.loads(line)["predictions"]]
    assert logged == [answer.prediction_id for answer in answers]
