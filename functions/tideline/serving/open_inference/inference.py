"""The protocol's calls, each by the route that API Gateway names."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

import msgspec

from tideline.serving import http_api
from tideline.serving.deployment import DeployedVersion
from tideline.serving.open_inference.answering import describe, encode
from tideline.serving.open_inference.reading import read_infer
from tideline.serving.predictor import Predictor
from tideline.serving.problems import Problem

PREFIX = "/v2"
# Of the binary extension, in small letters as API Gateway hands headers over.
JSON_BYTES = "inference-header-content-length"
# No body is that long, and Python reads no number of more than 4,300 digits.
_MOST_DIGITS = 9
_JSON, _BINARY = "application/json", "application/octet-stream"
_EXTENSIONS = ["binary_tensor_data"]

Event: TypeAlias = Mapping[str, Any]
Reply: TypeAlias = dict[str, Any]


class OpenInference:
    """Answers by the same predictor as our own protocol does: routing, fallback and log are the same."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        model = f"{PREFIX}/models/{{model}}"
        version = f"{model}/versions/{{version}}"
        self._routes: dict[str, Callable[[Event, str], Reply]] = {
            f"GET {PREFIX}": self._server,
            f"GET {PREFIX}/health/live": lambda *_: _reply({"live": True}),
            f"GET {PREFIX}/health/ready": lambda *_: _reply({"ready": True}),
        }
        for path in (model, version):
            self._routes[f"GET {path}"] = self._metadata
            self._routes[f"GET {path}/ready"] = self._ready
            self._routes[f"POST {path}/infer"] = self._infer

    def __call__(self, event: Event, *, request_id: str) -> Reply:
        """Answer one call of a route that leads here; a problem is `{"error": ...}` in this protocol."""
        try:
            return self._routes[event["routeKey"]](event, request_id)
        except Problem as problem:
            return error_reply(problem)

    def _server(self, _: Event, __: str) -> Reply:
        return _reply({"name": "tideline", "version": "2", "extensions": _EXTENSIONS})

    def _metadata(self, event: Event, _: str) -> Reply:
        model, entry = self._deployed(event)
        return _reply(describe(model, entry))

    def _ready(self, event: Event, _: str) -> Reply:
        model, entry = self._deployed(event)
        self._predictor.load(entry)
        return _reply({"name": model, "ready": True})

    def _infer(self, event: Event, request_id: str) -> Reply:
        model, _ = self._deployed(event, to_answer=True)
        request, prediction = read_infer(_body(event), json_bytes=_json_bytes(event))
        shape = partial(encode, request=request)
        encoded = self._predictor.shaped(model, prediction, request_id=request_id, shape=shape)
        if encoded.json_bytes is None:
            return _reply_bytes(encoded.body)
        return {
            "statusCode": 200,
            "headers": {"content-type": _BINARY, JSON_BYTES: str(encoded.json_bytes)},
            "body": binascii.b2a_base64(encoded.body, newline=False).decode(),
            "isBase64Encoded": True,
        }

    def _deployed(self, event: Event, *, to_answer: bool = False) -> tuple[str, DeployedVersion]:
        """Return the version that a call is about, by default the champion.

        Raises:
            Problem: 404 unless the version is deployed and, to answer, is the champion: callers do not
                choose whom they are routed to.
        """
        model = http_api.model_of(event)
        number = (event.get("pathParameters") or {}).get("version")
        deployment = self._predictor.deployment(model)
        if number is None:
            return model, deployment.champion
        for entry in deployment.versions:
            if str(entry.version) == number and (entry.role == "champion" or not to_answer):
                return model, entry
        told = "is not the champion: ask without a version" if to_answer else "is not deployed"
        raise Problem(404, f"version {number[:16]!r} of {model!r} {told}")


def error_reply(problem: Problem) -> Reply:
    """Return a problem as the protocol has it."""
    told = [problem.detail, *(_fault(each) for each in problem.errors)]
    reply = _reply({"error": "; ".join(told)})
    if problem.retry_after_s is not None:
        reply["headers"]["retry-after"] = str(problem.retry_after_s)
    return reply | {"statusCode": problem.status}


def _fault(fault: Any) -> str:
    return f"row {fault.instance}, {fault.field!r} {fault.reason}"


def _json_bytes(event: Event) -> int | None:
    text = (event.get("headers") or {}).get(JSON_BYTES)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise Problem(400, f"the header {JSON_BYTES} is no number of bytes")
    return int(text)


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            return binascii.a2b_base64(body, strict_mode=True)
        return str(body).encode()
    except ValueError as error:
        raise Problem(400, "the body's encoding is broken") from error


def _reply(content: object) -> Reply:
    return _reply_bytes(msgspec.json.encode(content))


def _reply_bytes(content: bytes) -> Reply:
    return {"statusCode": 200, "headers": {"content-type": _JSON}, "body": content.decode()}
