"""One operation of the document: parameters, body, and every answer it may get."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

Schema = dict[str, Any]

_PROBLEM = "application/problem+json"
_JSON = "application/json"
_BYTES = "application/octet-stream"
# API Gateway's own answers, which it gives before any function is asked.
_BY_GATEWAY = (403, 429)
_PARAMETERS: Schema = {
    "model": {"type": "string", "pattern": "^[a-z][a-z0-9-]{1,40}$"},
    "version": {"type": "integer", "minimum": 1, "maximum": 999_999},
}


def ref(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def operation(
    path: str, *, summary: str, answer: Schema, body: Schema | None = None, refusals: Sequence[int] = ()
) -> Schema:
    """Describe a call whose problems follow RFC 9457."""
    content = {_PROBLEM: {"schema": ref("Problem")}}
    return _operation(path, summary, {_JSON: {"schema": answer}}, body, refusals, content)


def open_inference(
    path: str, *, summary: str, answer: Schema, body: Schema | None = None, refusals: Sequence[int] = ()
) -> Schema:
    """Describe a call of the Open Inference Protocol, which has its own errors and may carry bytes."""
    content = {_JSON: {"schema": {"anyOf": [ref("InferError"), ref("GatewayMessage")]}}}
    answers: Schema = {_JSON: {"schema": answer}}
    if body is not None:
        answers[_BYTES] = {}
    return _operation(path, summary, answers, body, refusals, content)


def _operation(
    path: str,
    summary: str,
    answers: Schema,
    body: Schema | None,
    refusals: Sequence[int],
    content: Schema,
) -> Schema:
    described: Schema = {
        "summary": summary,
        "responses": {"200": {"description": "Done", "content": answers}},
    }
    for status in sorted({*refusals, *_BY_GATEWAY, 500, 503}):
        by_gateway = {_JSON: {"schema": ref("GatewayMessage")}} if status in (*_BY_GATEWAY, 500, 503) else {}
        phrase = HTTPStatus(status).phrase
        described["responses"][str(status)] = {"description": phrase, "content": by_gateway | content}
    named = re.findall(r"\{(\w+)\}", path)
    if named:
        described["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[name]} for name in named
        ]
    if body is not None:
        described["requestBody"] = {"required": True, "content": {_JSON: {"schema": body}}}
    return described
