from __future__ import annotations

import base64
import json
import struct
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from predict.handler import handler
from tests.unit.serving import samples
from tests.unit.serving.serving import Serving

INFER = "POST /v2/models/{model}/infer"
_CONTEXT = SimpleNamespace(aws_request_id="r-1")


def tensor(name: str, datatype: str, *data: object, **fields: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [len(data), 1], "data": list(data)} | fields


def behind(name: str, datatype: str, packed: bytes) -> dict[str, Any]:
    parameters = {"binary_data_size": len(packed)}
    return {"name": name, "datatype": datatype, "shape": [2], "parameters": parameters}


def inputs(**changes: Any) -> list[dict[str, Any]]:
    good = {
        "age": tensor("age", "INT32", 40, 80),
        "income": tensor("income", "FP64", 1200.5, None),
        "plan": tensor("plan", "BYTES", "gold", "basic"),
        "city": tensor("city", "BYTES", "Oslo", None),
    }
    return [each for each in (good | changes).values() if each is not None]


def call(route: str, body: bytes = b"", *, serving: Serving | None = None, **event: Any) -> tuple[int, Any]:
    given = {
        "routeKey": route,
        "headers": {"content-type": "application/json"},
        "pathParameters": {"model": "churn"},
        "body": body.decode("utf-8", "surrogateescape"),
        "isBase64Encoded": False,
    } | event
    reply = handler(given, _CONTEXT, predict=(serving or Serving()).predict)
    content = reply["body"]
    return reply["statusCode"], reply if reply.get("isBase64Encoded") else json.loads(content)


def infer(*, serving: Serving | None = None, **request: Any) -> tuple[int, Any]:
    return call(INFER, json.dumps({"inputs": inputs()} | request).encode(), serving=serving)


def outputs(answer: Any) -> dict[str, Any]:
    return {each["name"]: each for each in answer["outputs"]}


def test_rows_are_answered_as_by_our_own_protocol() -> None:
    serving = Serving()
    status, answer = infer(serving=serving, id="mine", parameters={"key": "k-1"})
    assert (status, answer["id"], answer["model_name"], answer["model_version"]) == (
        200,
        "mine",
        "churn",
        "3",
    )
    found = outputs(answer)
    ours = serving.ask(
        {"age": 40, "income": 1200.5, "plan": "gold", "city": "Oslo"}, {"age": 80, "plan": "basic"}
    )["predictions"]
    assert found["label"]["data"] == [each["value"] for each in ours]
    flat = [chance for each in ours for chance in each["probabilities"].values()]
    assert found["probabilities"] == {
        "name": "probabilities",
        "datatype": "FP64",
        "shape": [2, 2],
        "data": pytest.approx(flat),
    }
    assert [each["key"] for each in serving.records()] == ["k-1", "k-1"]


def test_a_regression_gives_values() -> None:
    _, answer = infer(serving=Serving("regression"))
    assert outputs(answer)["value"]["shape"] == [2]
    assert set(outputs(answer)) == {"value", "prediction_id"}


def test_only_the_outputs_that_are_wanted_come() -> None:
    _, answer = infer(outputs=[{"name": "label"}])
    assert set(outputs(answer)) == {"label"}


def test_tensors_may_lie_behind_the_json() -> None:
    ages = struct.pack("<2f", 40, 80)
    cities = b"".join(struct.pack("<I", len(text)) + text for text in (b"Oslo", "Zürich".encode()))
    packed = {"age": behind("age", "FP32", ages), "city": behind("city", "BYTES", cities)}
    head = json.dumps({"inputs": inputs(**packed), "parameters": {"binary_data_output": True}}).encode()
    status, reply = call(
        INFER,
        headers={
            "content-type": "application/octet-stream",
            "inference-header-content-length": str(len(head)),
        },
        body=base64.b64encode(head + ages + cities),
        isBase64Encoded=True,
    )
    assert status == 200
    content = base64.b64decode(reply["body"])
    length = int(reply["headers"]["inference-header-content-length"])
    answer = json.loads(content[:length])
    sizes = [each["parameters"]["binary_data_size"] for each in answer["outputs"]]
    assert length + sum(sizes) == len(content)
    first = struct.unpack("<4d", content[length : length + sizes[0]])
    assert sum(first[:2]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"age": tensor("age", "INT32", 40.5, 1)}, "no INT32"),
        ({"age": tensor("age", "INT32", True, 1)}, "no INT32"),
        ({"age": tensor("age", "FP16", 1, 1)}, "FP16"),
        ({"age": tensor("age", "INT32", 40, 80, shape=[2, 2])}, "has to be [n] or [n, 1]"),
        ({"age": tensor("age", "INT32", 40, 80, shape=[3])}, "2 values for the shape"),
        ({"age": tensor("age", "INT32", 40)}, "differ in their number of rows"),
        ({"age": None}, "'age' is required but missing"),
        ({"age": tensor("age", "INT32", 40, 130)}, "above the maximum"),
        ({"more": tensor("shoe", "INT32", 1, 2)}, "no such feature"),
        ({"more": tensor("age", "INT32", 1, 2)}, "given twice"),
    ],
)
def test_what_does_not_fit_is_told(changes: dict[str, Any], told: str) -> None:
    status, answer = infer(inputs=inputs(**changes))
    assert status == 422
    assert told in answer["error"]


def test_an_output_that_there_is_not_is_told() -> None:
    status, answer = infer(outputs=[{"name": "logits"}])
    assert (status, "probabilities, label, prediction_id" in answer["error"]) == (422, True)


def test_metadata_tells_features_and_outputs() -> None:
    status, found = call("GET /v2/models/{model}")
    assert status == 200
    assert found["versions"] == ["3"]
    assert found["inputs"][0] == {"name": "age", "datatype": "FP32", "shape": [-1, 1]}
    assert [each["name"] for each in found["outputs"]] == ["probabilities", "label", "prediction_id"]


def test_only_a_version_that_loads_is_ready() -> None:
    serving = Serving()
    ready = "GET /v2/models/{model}/versions/{version}/ready"
    where = {"pathParameters": {"model": "churn", "version": "3"}}
    assert call(ready, serving=serving, **where) == (200, {"name": "churn", "ready": True})
    broken = Serving()
    broken.deploy(4, b"no model")
    assert call("GET /v2/models/{model}/ready", serving=broken)[0] == 503
    assert call(ready, serving=serving, pathParameters={"model": "churn", "version": "9"})[0] == 404


def test_nobody_chooses_a_challenger() -> None:
    serving = Serving()
    content = samples.artifact(scale=0.02)
    challenger = samples.version(content, 4, role="challenger", weight=5, slots=((0, 5),))
    champion = samples.version(samples.artifact(), 3)
    serving.put([(champion, samples.artifact()), (challenger, content)], generation=2)
    body = json.dumps({"inputs": inputs()}).encode()
    route = "POST /v2/models/{model}/versions/{version}/infer"
    status, answer = call(route, body, serving=serving, pathParameters={"model": "churn", "version": "4"})
    assert (status, "ask without a version" in answer["error"]) == (404, True)
    assert call(route, body, serving=serving, pathParameters={"model": "churn", "version": "3"})[0] == 200


@pytest.mark.parametrize("length", ["9" * 5_000, "9" * 10, "-1", "0x10", "", "1e3"])
def test_a_length_that_is_no_number_of_bytes_is_told(length: str) -> None:
    status, answer = call(INFER, b"{}", headers={"inference-header-content-length": length})
    assert (status, "no number of bytes" in answer["error"]) == (400, True)


def test_too_many_rows_are_refused_before_any_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object) -> None:
        raise AssertionError("rows were made")

    monkeypatch.setattr("tideline.serving.open_inference.reading._instances", made)
    packed = bytes(1_001)
    ages = {"name": "age", "datatype": "BOOL", "shape": [1_001], "parameters": {"binary_data_size": 1_001}}
    head = json.dumps({"inputs": [ages]}).encode()
    length = {"inference-header-content-length": str(len(head))}
    status, answer = call(INFER, base64.b64encode(head + packed), headers=length, isBase64Encoded=True)
    assert (status, "1,001 instances" in answer["error"]) == (413, True)


def test_a_shape_of_many_sizes_is_not_told_back() -> None:
    status, answer = infer(inputs=inputs(age=tensor("age", "INT32", 40, 80, shape=[1] * 10_000)))
    assert (status, len(answer["error"]) < 200) == (422, True)


@pytest.mark.parametrize("route", ["GET /v2", "GET /v2/health/live", "GET /v2/health/ready"])
def test_the_server_itself_is_there(route: str) -> None:
    assert call(route)[0] == 200


def test_a_name_that_is_none_finds_nothing() -> None:
    assert call("GET /v2/models/{model}", pathParameters={"model": "../x"})[0] == 404


_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
_TENSORS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["age", "income", "plan", "city", "customer"]),
        "datatype": st.sampled_from(["FP32", "FP64", "INT64", "UINT8", "BOOL", "BYTES", "?"]),
        "shape": st.lists(st.integers(-2, 3), max_size=3),
    },
    optional={
        "data": st.lists(_VALUES | st.lists(_VALUES, max_size=2), max_size=3),
        "parameters": st.fixed_dictionaries({}, optional={"binary_data_size": st.integers(-1, 12)}),
    },
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_TENSORS, max_size=5), st.binary(max_size=16), st.booleans())
def test_whatever_comes_is_answered_or_told(tensors: list[Any], tail: bytes, packed: bool) -> None:
    head = json.dumps({"inputs": tensors}).encode()
    length = {"inference-header-content-length": str(len(head))} if packed else {}
    body = base64.b64encode(head + (tail if packed else b""))
    status, answer = call(INFER, body, headers=length, isBase64Encoded=True)
    assert status in {200, 400, 413, 422}
    assert status == 200 or answer["error"]
