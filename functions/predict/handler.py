"""`POST /models/{model}/predictions`: parse, one call, typed answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from predict import wiring
from predict.ahead import load_ahead
from tideline.serving import http_api
from tideline.serving.log_line import write_log
from tideline.serving.predictor import Predictor
from tideline.serving.problems import Problem

# The one piece of work at import: it needs no environment and can't fail an import.
load_ahead()

# As in `tideline.domain.keys`, which imports more than is wanted here.
_MODEL = re.compile(r"[a-z][a-z0-9-]{1,40}")


class Context(Protocol):
    """What is used of Lambda's context."""

    aws_request_id: str


def handler(
    event: Mapping[str, Any], context: Context, *, predict: Predictor | None = None
) -> dict[str, Any]:
    """Answer an HTTP API call, synchronously: no delivery guarantee, nothing changed by repeating it."""
    request_id = context.aws_request_id
    try:
        model = _model(event)
        body = http_api.read_body(event)
        return http_api.answer((predict or wiring.predictor())(model, body, request_id=request_id))
    except Problem as problem:
        return http_api.problem_answer(problem, request_id=request_id)
    except Exception as error:
        return http_api.problem_answer(_unexpected(error, request_id), request_id=request_id)


def _model(event: Mapping[str, Any]) -> str:
    model = (event.get("pathParameters") or {}).get("model", "")
    if not _MODEL.fullmatch(model):
        raise Problem(404, f"{model[:64]!r} is not the name of a model")
    return str(model)


def _unexpected(error: Exception, request_id: str) -> Problem:
    import traceback  # noqa: PLC0415 - only needed here

    stack = traceback.format_exception(error)
    write_log("ERROR", "unexpected error", request_id=request_id, stack=stack)
    return Problem(500, "an unexpected error; its log line has the request's id")
