"""A chat's incoming webhook: `{"text": ...}` over HTTPS, as Slack and Mattermost and Google Chat take it.

Its address is a secret: whoever has it may write into the room. It is in no message of an error here, and
errors of the network are not chained, for some quote it.
"""

from __future__ import annotations

import http.client
import json
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

from tideline.adapters.public_connection import Connect, connect_publicly
from tideline.errors import ChatRefused, ChatUnavailable

_TIMEOUT_S = 8
_HTTPS_PORT = 443
# Answers to a request that may be taken later; every 5xx is one, too.
_PATIENCE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class ChatWebhook:
    """`tideline.ports.Chat`; follows no redirect, which would hand the message to somebody else."""

    def __init__(self, *, connect: Connect = connect_publicly, timeout_s: float = _TIMEOUT_S) -> None:
        self._connect = connect
        self._timeout_s = timeout_s

    def post(self, address: str, text: str) -> None:
        parts = _parse(address)
        try:
            status = self._send(parts, json.dumps({"text": text}).encode())
        except (OSError, http.client.HTTPException, ValueError) as exc:
            raise ChatUnavailable(f"the chat did not answer: {type(exc).__name__}") from None
        if status in _PATIENCE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ChatUnavailable(f"the chat answered {status}")
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise ChatRefused(f"the chat answered {status}")

    def _send(self, parts: SplitResult, body: bytes) -> int:
        connection = self._connect(str(parts.hostname), parts.port or _HTTPS_PORT, self._timeout_s)
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path or "/", body, {"Content-Type": "application/json; charset=utf-8"})
            return connection.getresponse().status
        finally:
            connection.close()


def _parse(address: str) -> SplitResult:
    """Return the parts of an address; raises `ChatRefused` unless it is one over HTTPS."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme == "https" and parts.hostname and not parts.username
        usable = usable and parts.port != 0 and address.isascii() and address.isprintable()
    except ValueError:
        usable = False
    if not usable or " " in address:
        raise ChatRefused("the chat's address is not an https URL")
    return parts
