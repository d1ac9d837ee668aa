"""API Gateway's HTTP API in front of handlers: requests become events of payload format 2.0, answers HTTP.

What is not JSON or text goes through as Base64, and so does what says nothing of its type.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

Handle = Callable[[dict[str, Any]], Mapping[str, Any]]

_TEXT = re.compile(r"text/.*|application/(json|javascript|xml)")


class Response(NamedTuple):
    """As a client gets it."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class ApiGateway:
    """Handlers by route key, such as `GET /models/{model}`.

    Attributes:
        caller: Whom the IAM authorizer proved.
        events: Those that handlers were given.
    """

    routes: Mapping[str, Handle]
    caller: str = "arn:aws:iam::123456789012:user/ann"
    events: list[dict[str, Any]] = field(default_factory=list)

    def call(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes, query: str = ""
    ) -> Response:
        """Answer a request."""
        for route in sorted(self.routes, key=lambda route: route.count("{")):
            expected, template = route.split(" ", 1)
            found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
            if expected != method or not found:
                continue
            named = {name: unquote(value) for name, value in found.groupdict().items()}
            event = self._event(route, path, named, headers=headers, body=body, query=query)
            self.events.append(event)
            return _response(self.routes[route](event))
        return Response(404, {"content-type": "application/json"}, b'{"message":"Not Found"}')

    def _event(
        self,
        route: str,
        path: str,
        named: dict[str, str],
        *,
        headers: Mapping[str, str],
        body: bytes,
        query: str,
    ) -> dict[str, Any]:
        small = {name.lower(): value for name, value in headers.items()}
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": query,
            "headers": small,
            "requestContext": {
                "http": {"method": route.partition(" ")[0], "path": path},
                "authorizer": {"iam": {"userArn": self.caller}},
            },
            "isBase64Encoded": False,
        }
        if named:
            event["pathParameters"] = named
        if query:
            event["queryStringParameters"] = dict(parse_qsl(query, keep_blank_values=True))
        if body:
            kind = small.get("content-type", "").partition(";")[0].strip().lower()
            is_text = _TEXT.fullmatch(kind) is not None
            event["isBase64Encoded"] = not is_text
            event["body"] = body.decode(errors="replace") if is_text else base64.b64encode(body).decode()
        return event


def _response(answer: Mapping[str, Any]) -> Response:
    body = str(answer.get("body", ""))
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    return Response(int(answer["statusCode"]), dict(answer.get("headers", {})), content)


Answerer = Callable[[str, str, Mapping[str, str], bytes], Response]


@contextmanager
def listening(answer: Answerer) -> Iterator[int]:
    """Serve on 127.0.0.1, on the port that is given; each request is method, path, headers and body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            response = answer(self.command, self.path, dict(self.headers.items()), body)
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = _answer  # noqa: N815 - named so by the base

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by the base
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
