"""API Gateway's HTTP API, payload format 2.0: the parts of an event and of an answer that serving uses."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tideline.serving.problems import CONTENT_TYPE, Problem

_JSON = "application/json"
# As in `tideline.domain.keys`, which imports more than is wanted here.
_MODEL = re.compile(r"[a-z][a-z0-9-]{1,40}")


def model_of(event: Mapping[str, Any]) -> str:
    """Return the model that a call is about; raises `Problem` where its name can't be one."""
    model = str((event.get("pathParameters") or {}).get("model", ""))
    if not _MODEL.fullmatch(model):
        raise Problem(404, f"{model[:64]!r} is not the name of a model")
    return model


def read_body(event: Mapping[str, Any]) -> bytes:
    """Return the request's body.

    Raises:
        Problem: 415 unless it is said to be JSON or nothing at all, 400 where it can't be decoded.
    """
    stated = (event.get("headers") or {}).get("content-type")
    if stated is not None and not _is_json(stated):
        raise Problem(415, f"the content type is {stated[:64]!r}: send application/json")
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            return binascii.a2b_base64(body, strict_mode=True)
        return body.encode() if isinstance(body, str) else b""
    except (binascii.Error, ValueError) as error:
        raise Problem(400, "the body's encoding is broken") from error


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    kind, _, parameters = content_type.lower().partition(";")
    if kind.strip() != _JSON:
        return False
    charset = parameters.partition("charset=")[2].split(";")[0].strip(' "')
    return charset in {"", "utf-8", "utf8"}


def answer(body: bytes) -> dict[str, Any]:
    """Return a success."""
    return {"statusCode": 200, "headers": {"content-type": _JSON}, "body": body.decode()}


def problem_answer(problem: Problem, *, request_id: str) -> dict[str, Any]:
    """Return a problem as an answer."""
    headers = {"content-type": CONTENT_TYPE}
    if problem.retry_after_s is not None:
        headers["retry-after"] = str(problem.retry_after_s)
    return {
        "statusCode": problem.status,
        "headers": headers,
        "body": problem.body(request_id=request_id).decode(),
    }
