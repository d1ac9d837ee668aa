from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tideline.serving.faults import InstanceFault
from tideline.serving.http_api import answer, problem_answer, read_body
from tideline.serving.problems import Problem


def _event(body: str | None, *, encoded: bool = False, content_type: str | None = "application/json") -> Any:
    headers = {} if content_type is None else {"content-type": content_type}
    return {"headers": headers, "body": body, "isBase64Encoded": encoded}


@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "Application/JSON; charset=UTF-8", 'application/json; charset="utf-8"'],
)
def test_a_json_body_is_read(content_type: str | None) -> None:
    assert read_body(_event("{é}", content_type=content_type)) == "{é}".encode()


def test_a_base64_body_is_decoded() -> None:
    assert read_body(_event(base64.b64encode(b"{}").decode(), encoded=True)) == b"{}"


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "x" * 900],
)
def test_other_content_types_are_415(content_type: str) -> None:
    with pytest.raises(Problem) as caught:
        read_body(_event("{}", content_type=content_type))
    assert caught.value.status == 415
    assert len(caught.value.detail) < 150


@pytest.mark.parametrize(("body", "encoded"), [("{}", True), ("é", True), ("YQ=", True), ("\ud800", False)])
def test_a_broken_encoding_is_400(body: str, encoded: bool) -> None:
    with pytest.raises(Problem) as caught:
        read_body(_event(body, encoded=encoded))
    assert caught.value.status == 400


@pytest.mark.parametrize("event", [{}, {"headers": None, "body": None}, {"body": 7}])
def test_an_event_without_a_body_has_an_empty_one(event: Any) -> None:
    assert read_body(event) == b""


def test_answers_are_json() -> None:
    assert answer(b'{"a":1}') == {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": '{"a":1}',
    }


def test_problems_follow_rfc_9457() -> None:
    fault = InstanceFault(instance=0, field="age", reason='too "old" \ud800')
    problem = Problem(503, "not now", retry_after_s=5, errors=[fault], more=3)
    found = problem_answer(problem, request_id="r-1")
    assert found["statusCode"] == 503
    assert found["headers"] == {"content-type": "application/problem+json", "retry-after": "5"}
    assert json.loads(found["body"]) == {
        "type": "urn:tideline:problem:503",
        "title": "The model can't answer right now",
        "status": 503,
        "detail": "not now",
        "instance": "urn:tideline:request:r-1",
        "errors": [{"instance": 0, "field": "age", "reason": 'too "old" \ud800'}],
        "more_errors": 3,
    }


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503])
def test_every_status_has_a_title(status: int) -> None:
    body = json.loads(Problem(status, "x").body(request_id="r"))
    assert body["title"]
    assert "errors" not in body
