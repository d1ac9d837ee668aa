"""A call as API Gateway hands it over: who calls, about what, and with which body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tideline.domain.keys import MODEL_NAME
from tideline.domain.release.principal import is_principal
from tideline.serving import http_api
from tideline.serving.problems import Problem

# The longest comment, escaped in every character, is well below.
_MAX_BODY_BYTES = 16 * 1024
_MAX_TOLD = 10
_LONGEST_PLACE = 64
_VERSION = re.compile(r"[1-9][0-9]{0,5}")


class Body(BaseModel):
    """A body, read strictly: no unknown field, no text for a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


B = TypeVar("B", bound=Body)


def caller(event: Mapping[str, Any]) -> str:
    """Return the ARN of the caller, as API Gateway's IAM authorizer proved it.

    Nothing else of a call is believed to say who calls.

    Raises:
        Problem: 403 where the authorizer names nobody.
    """
    context = event.get("requestContext") or {}
    arn = ((context.get("authorizer") or {}).get("iam") or {}).get("userArn")
    if not isinstance(arn, str) or not is_principal(arn):
        raise Problem(403, "the call names no IAM identity: sign it with SigV4")
    return arn


def require_method(event: Mapping[str, Any], method: str) -> None:
    """Refuse, with 405, a call by another method, whatever routes there are."""
    given = ((event.get("requestContext") or {}).get("http") or {}).get("method")
    if given != method:
        raise Problem(405, f"{method} is the only method here")


def model_of(event: Mapping[str, Any]) -> str:
    """Return the model that the path names; raises `Problem` 404 for what is no model's name."""
    model = str((event.get("pathParameters") or {}).get("model", ""))
    if not MODEL_NAME.fullmatch(model):
        raise Problem(404, f"{model[:64]!r} is not the name of a model")
    return model


def version_of(event: Mapping[str, Any]) -> int:
    """Return the version that the path names; raises `Problem` 404 for what is no number of one."""
    text = str((event.get("pathParameters") or {}).get("version", ""))
    if not _VERSION.fullmatch(text):
        raise Problem(404, f"{text[:64]!r} is not the number of a version")
    return int(text)


def read(event: Mapping[str, Any], kind: type[B]) -> B:
    """Read the body.

    Raises:
        Problem: 400 for what is not JSON, 413 for too much, 415 for another content type, 422 naming fields.
    """
    body = http_api.read_body(event)
    if len(body) > _MAX_BODY_BYTES:
        raise Problem(413, f"the body has {len(body):,} bytes; at most {_MAX_BODY_BYTES:,} are read")
    try:
        document = json.loads(body, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "the body is not JSON") from error
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise _malformed(error) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Problem(422, "a field is given twice")
    return found


def _malformed(error: ValidationError) -> Problem:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    told = [{"field": _place(fault["loc"]), "reason": fault["msg"]} for fault in faults[:_MAX_TOLD]]
    first = told[0]
    detail = f"{first['field'] or 'the body'}: {first['reason']}"
    return Problem(422, detail, errors=told, more=len(faults) - len(told))


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))[:_LONGEST_PLACE]
