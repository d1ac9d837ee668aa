"""`POST /models/{model}/predictions`, and the Open Inference Protocol: parse, one call, typed answer."""

from __future__ import annotations

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

# Of its routes; none of ours has it.
_OPEN_INFERENCE = " /v2"


class Context(Protocol):
    """What is used of Lambda's context."""

    aws_request_id: str


def handler(
    event: Mapping[str, Any], context: Context, *, predict: Predictor | None = None
) -> dict[str, Any]:
    """Answer an HTTP API call, synchronously: no delivery guarantee, nothing changed by repeating it."""
    request_id = context.aws_request_id
    if _OPEN_INFERENCE in str(event.get("routeKey", "")):
        return _open_inference(event, request_id, predict)
    try:
        model = http_api.model_of(event)
        body = http_api.read_body(event)
        return http_api.answer((predict or wiring.predictor())(model, body, request_id=request_id))
    except Problem as problem:
        return http_api.problem_answer(problem, request_id=request_id)
    except Exception as error:
        return http_api.problem_answer(_unexpected(error, request_id), request_id=request_id)


def _open_inference(event: Mapping[str, Any], request_id: str, predict: Predictor | None) -> dict[str, Any]:
    from tideline.serving.open_inference import inference  # noqa: PLC0415 - most callers speak our own

    try:
        return inference.OpenInference(predict or wiring.predictor())(event, request_id=request_id)
    except Exception as error:
        return inference.error_reply(_unexpected(error, request_id))


def _unexpected(error: Exception, request_id: str) -> Problem:
    import traceback  # noqa: PLC0415 - only needed here

    stack = traceback.format_exception(error)
    write_log("ERROR", "unexpected error", request_id=request_id, stack=stack)
    return Problem(500, "an unexpected error; its log line has the request's id")
