"""From what a use case returns or raises to an HTTP answer; never a stack trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from pydantic import BaseModel

from tideline import errors
from tideline.runtime.logging import logger
from tideline.serving import http_api
from tideline.serving.problems import Problem

STATUSES: dict[type[errors.TidelineError], int] = {
    errors.UnknownModel: 404,
    errors.UnknownVersion: 404,
    errors.ApproverRefused: 403,
    errors.ApprovalRefused: 409,
    errors.RegistryConflict: 409,
    errors.StorageUnavailable: 503,
    errors.ThrottledByService: 503,
}
_BUSY = 503
_RETRY_AFTER_S = 5


class Context(Protocol):
    """What is used of Lambda's context."""

    aws_request_id: str


def answer(context: Context, action: Callable[[], BaseModel]) -> dict[str, Any]:
    """Return what `action` returns, as JSON, or the problem that it met."""
    try:
        return http_api.answer(action().model_dump_json().encode())
    except Problem as met:
        problem = met
    except errors.TidelineError as error:
        problem = _problem(error)
    except Exception:
        logger.exception("unexpected error")
        problem = Problem(500, "an unexpected error; its log line has the request's id")
    logger.info("refused", extra={"status": problem.status})
    return http_api.problem_answer(problem, request_id=context.aws_request_id)


def _problem(error: errors.TidelineError) -> Problem:
    status = STATUSES.get(type(error))
    if status is None:
        logger.exception("unexpected error")
        return Problem(500, "an unexpected error; its log line has the request's id")
    return Problem(status, error.message, retry_after_s=_RETRY_AFTER_S if status == _BUSY else None)
