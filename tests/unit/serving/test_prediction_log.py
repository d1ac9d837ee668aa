from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import GOOD
from tests.unit.serving.serving import Serving, plain
from tideline.errors import StorageUnavailable
from tideline.serving.answers import Prediction
from tideline.serving.deployment import Capture, DeployedVersion, Deployment, Rollout
from tideline.serving.prediction_log import MAX_LINE_BYTES, PredictionLog, is_sampled
from tideline.serving.requests import PredictionRequest
from tideline.serving.turn import Answered, Call, Failed, unavailable

_ENTRY = samples.version(b"", 3)


def _call(*instances: dict[str, Any], sample: float = 1.0, **fields: Any) -> Call:
    deployment = Deployment(
        "churn", 7, (_ENTRY,), rollout=Rollout("churn-v4-a", 2), capture=Capture(sample=sample, salt="s")
    )
    given: dict[str, Any] = {
        "deployment": deployment,
        "request": PredictionRequest(list(instances)),
        "request_id": "r-1",
        "time": 1767225600000,
        "ids": [f"p-{index}" for index in range(len(instances))],
        "entities": [None] * len(instances),
        "caller": None,
    }
    return Call(**given | fields)


def _answered(call: Call, entry: DeployedVersion = _ENTRY) -> Answered:
    predictions = [Prediction(name, "yes", {"no": 0.1, "yes": 0.9}) for name in call.ids]
    return Answered(entry, [], [], predictions, 0.05)


def _written(call: Call, **fields: Any) -> list[str]:
    lines: list[str] = []
    PredictionLog(lines.append).answered(call, _answered(call), **fields)
    return lines


def test_a_call_is_one_line_with_everything_that_monitoring_needs() -> None:
    call = _call({"age": 40, "city": "a\nb", "customer": "c-9"}, entities=["c-9"], caller="c-9")
    [line] = _written(call, instead_of=4)
    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert json.loads(line) == {
        "type": "prediction",
        "schema_version": 2,
        "model": "churn",
        "version": 3,
        "role": "champion",
        "generation": 7,
        "release_id": "churn-v4-a",
        "step": 2,
        "request_id": "r-1",
        "time": 1767225600000,
        "latency_ms": 0.05,
        "key": "c-9",
        "error": None,
        "instead_of": 4,
        "predictions": [
            {
                "prediction_id": "p-0",
                "features": {"age": 40, "city": "a\nb"},
                "entity": "c-9",
                "value": "yes",
                "probabilities": {"no": 0.1, "yes": 0.9},
            }
        ],
    }


def test_a_failure_is_a_line_without_predictions_and_with_a_bounded_reason() -> None:
    lines: list[str] = []
    call = _call({"age": 40})
    PredictionLog(lines.append).failed(call, Failed(_ENTRY, "x" * 900, 1.5, unavailable(1)))
    [record] = map(json.loads, lines)
    assert (record["error"], record["predictions"], record["latency_ms"]) == ("x" * 500, [], 1.5)


def test_the_requests_own_key_is_logged_before_the_entity() -> None:
    request = PredictionRequest([{"age": 40}], key="session-1")
    [line] = _written(_call({"age": 40}, request=request, caller="session-1", entities=["c-9"]))
    assert json.loads(line)["key"] == "session-1"


@pytest.mark.parametrize("size", [10, 300, 4_000])
def test_large_calls_are_split_below_what_cloudwatch_takes(size: int) -> None:
    call = _call(*[{"note": "é" * (size // 2)}] * 1000)
    lines = _written(call)
    assert all(len(line.encode()) <= MAX_LINE_BYTES for line in lines)
    assert len(lines) == {10: 1, 300: 2, 4_000: 18}[size]
    records = [json.loads(line) for line in lines]
    assert [part["prediction_id"] for record in records for part in record["predictions"]] == call.ids
    without = [{name: value for name, value in each.items() if name != "predictions"} for each in records]
    assert all(each == without[0] for each in without)


def test_the_longest_common_part_fits_beside_a_full_line() -> None:
    # Control characters take six bytes each in JSON.
    request = PredictionRequest([{"note": "x" * 1000}] * 1000, key="\x01" * 256)
    call = _call(*request.instances, request=request, caller=request.key)
    assert max(len(line.encode()) for line in _written(call)) <= MAX_LINE_BYTES


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.9, 1.0])
def test_a_share_of_the_calls_is_sampled_by_their_ids(share: float) -> None:
    count = 20_000
    chosen = {name for name in map(str, range(count)) if is_sampled(name, share=share)}
    # Five standard deviations of a binomial share; ids are fixed, so that it is right always or never.
    assert abs(len(chosen) / count - share) <= 5 * (share * (1 - share) / count) ** 0.5
    assert chosen == {name for name in map(str, range(count)) if is_sampled(name, share=share)}
    assert all(is_sampled(name, share=min(1.0, share * 1.5)) for name in chosen)


def _failing_release(serving: Serving, *, sample: float) -> None:
    """The challenger of every caller can't be loaded, and a shadow answers."""
    challenger, _ = plain(4, "challenger", scale=0.02, slots=((0, 100),), weight=100)
    versions = [plain(3), (challenger, StorageUnavailable("away")), plain(5, "shadow", scale=0.03)]
    serving.put(versions, generation=2, capture={"sample": sample, "salt": "s"})


def _roles(records: Sequence[dict[str, Any]]) -> dict[str, list[tuple[str, int, bool]]]:
    found: dict[str, list[tuple[str, int, bool]]] = {}
    for each in records:
        found.setdefault(each["request_id"], []).append(
            (each["role"], each["version"], each["error"] is None)
        )
    return found


def test_a_call_is_sampled_with_all_that_its_versions_did_or_not_at_all() -> None:
    serving = Serving("regression")
    _failing_release(serving, sample=0.4)
    ids = [f"r-{number}" for number in range(30)]
    for name in ids:
        serving.ask(GOOD, request_id=name)
        serving.shadows_end()
    roles = _roles(serving.records())
    assert set(roles) == {name for name in ids if is_sampled(name, share=0.4)}
    assert 0 < len(roles) < len(ids)
    whole = [("challenger", 4, False), ("champion", 3, True), ("shadow", 5, True)]
    assert all(did == whole for did in roles.values())


def test_of_a_call_that_is_not_sampled_failures_are_left_out_too() -> None:
    lines: list[str] = []
    PredictionLog(lines.append).failed(_call({}, sample=0.0), Failed(_ENTRY, "away", 0.0, unavailable(1)))
    assert lines == []


def test_each_line_is_handed_over_whole() -> None:
    """Threads write to one stream: a line in two writes could have another thread's in its midst."""
    for piece in _written(_call(*[{"note": "x" * 1000}] * 1000)):
        assert piece.endswith("]}\n")
        msgspec.json.decode(piece)


def test_an_instance_too_long_for_a_line_is_a_row_without_its_texts() -> None:
    lines = _written(_call({"age": 40, "city": "x" * MAX_LINE_BYTES}, {"age": 41, "city": "Oslo"}))
    assert all(len(line.encode()) <= MAX_LINE_BYTES for line in lines)
    rows = [row for line in lines for row in json.loads(line)["predictions"]]
    assert [(row["prediction_id"], row["features"]) for row in rows] == [
        ("p-0", {"age": 40}),
        ("p-1", {"age": 41, "city": "Oslo"}),
    ]
