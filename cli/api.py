"""The API: calls signed with SigV4, and what to tell of an answer that is a problem."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from cli.errors import CliError
from cli.target import Target

_TIMEOUT_S = 60
_FORBIDDEN = 403
_MAX_SHOWN = 500


@dataclass(frozen=True)
class Answered:
    """Status and body of an HTTP answer."""

    status: int
    body: bytes

    @property
    def is_good(self) -> bool:
        """Whether the call was answered as asked."""
        return self.status == 200  # noqa: PLR2004 the one good answer

    def document(self) -> dict[str, Any]:
        """Return the body as JSON; what is none becomes the detail of a problem."""
        try:
            document = json.loads(self.body)
        except ValueError:
            document = None
        if isinstance(document, dict):
            return document
        return {"detail": self.body.decode(errors="replace")[:_MAX_SHOWN]}


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


def ask(target: Target, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the API answers to a body posted to a path.

    Raises:
        CliError: anything but a good answer, in the API's words.
    """
    answer = sender(target)(path, json.dumps(body).encode())
    if not answer.is_good:
        raise CliError(sentence(answer))
    return answer.document()


def sentence(answer: Answered) -> str:
    """Return what to tell of an answer that is not good."""
    document: Mapping[str, Any] = answer.document()
    told, refused = document.get("detail"), document.get("message")
    # API Gateway's own refusals have a `message`: the call never reached a function.
    if answer.status == _FORBIDDEN and told is None:
        return "not allowed to ask this endpoint: these credentials need execute-api:Invoke on it"
    return f"the endpoint answered {answer.status}: {told or refused or 'no reason was given'}"
