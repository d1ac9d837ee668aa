"""The prediction endpoint: calls signed with SigV4, problems turned into sentences."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from cli.errors import CliError
from cli.target import Target

_TIMEOUT_S = 60
_MAX_TOLD = 10


@dataclass(frozen=True)
class Reply:
    """A call's answer: all of it by one version."""

    version: int
    predictions: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Answered:
    """Status and body of an HTTP answer."""

    status: int
    body: bytes


Send = Callable[[str, bytes], Answered]
"""Posts a body to a path of the API."""


def sender(target: Target) -> Send:
    """Return what posts signed calls to a target's API."""
    http = URLLib3Session(timeout=_TIMEOUT_S)
    credentials = target.credentials

    def send(path: str, body: bytes) -> Answered:
        request = AWSRequest(
            method="POST", url=target.api_url + path, data=body, headers={"Content-Type": "application/json"}
        )
        SigV4Auth(credentials, "execute-api", target.region).add_auth(request)
        answer = http.send(request.prepare())
        return Answered(answer.status_code, answer.content)

    return send


def predict(send: Send, model: str, instances: Sequence[Mapping[str, Any]], *, first_row: int) -> Reply:
    """Return the predictions for instances.

    Args:
        send: Posts to the API.
        model: Name of the model.
        instances: At most 1,000.
        first_row: Number of the row that the first instance came from, for messages.

    Raises:
        CliError: the endpoint's problem, naming row, field and reason.
    """
    body = json.dumps({"instances": list(instances)}, allow_nan=False).encode()
    answer = send(f"/models/{model}/predictions", body)
    document = _document(answer)
    if answer.status != 200:  # noqa: PLR2004 the one good answer
        raise CliError(_sentence(answer.status, document, first_row=first_row))
    return Reply(int(document["version"]), tuple(document["predictions"]))


def _document(answer: Answered) -> dict[str, Any]:
    try:
        document = json.loads(answer.body)
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {"detail": answer.body.decode(errors="replace")[:500]}


def _sentence(status: int, document: Mapping[str, Any], *, first_row: int) -> str:
    if status == 403:  # noqa: PLR2004
        return "not allowed to ask this endpoint: these credentials need execute-api:Invoke on it"
    errors = [error for error in document.get("errors", ()) if isinstance(error, dict)]
    if not errors:
        told = document.get("detail") or document.get("message") or "no reason was given"
        return f"the endpoint answered {status}: {told}"
    lines = [
        f"  row {first_row + int(error['instance'])}, {error['field']}: {error['reason']}"
        for error in errors[:_MAX_TOLD]
    ]
    left = len(errors) - len(lines) + int(document.get("more_errors", 0))
    more = [f"  and {left:,} more faults"] if left > 0 else []
    return "\n".join(["the rows do not fit the model:", *lines, *more])
