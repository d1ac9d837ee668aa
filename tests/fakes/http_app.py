"""Handlers behind a small HTTP server on the loopback interface, as API Gateway puts them."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

Handler = Callable[..., Mapping[str, Any]]
# What the HTTP API hands over as text; everything else comes in base64.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
_TEXT = re.compile(r"text/|application/(json|javascript|xml|.*\+json)")
_CONTEXT = SimpleNamespace(aws_request_id="r-1")


def event_of(
    routes: Sequence[str], method: str, path: str, headers: Mapping[str, str], body: bytes
) -> dict[str, Any] | None:
    """Return the event of payload format 2.0 for a request, or None where no route fits it."""
    path = path.partition("?")[0]
    for route in routes:
        wanted, _, template = route.partition(" ")
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
        found = re.fullmatch(pattern, path)
        if wanted == method and found:
            small = {name.lower(): value for name, value in headers.items()}
            text = _TEXT.match(small.get("content-type", "")) is not None
            return {
                "version": "2.0",
                "routeKey": route,
                "rawPath": path,
                "headers": small,
                "pathParameters": found.groupdict(),
                "requestContext": {"http": {"method": method}},
                "body": body.decode() if text else base64.b64encode(body).decode(),
                "isBase64Encoded": not text,
            }
    return None


@contextmanager
def served(handler: Handler, routes: Sequence[str]) -> Iterator[str]:
    """Serve a handler's routes on 127.0.0.1 and give the address, `host:port`."""

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

        def _answer(self, body: bytes) -> None:
            event = event_of(routes, self.command, self.path, dict(self.headers), body)
            reply = {"statusCode": 404, "body": "{}"} if event is None else handler(event, _CONTEXT)
            content = reply["body"].encode()
            if reply.get("isBase64Encoded"):
                content = base64.b64decode(content)
            self.send_response(reply["statusCode"])
            for name, value in (reply.get("headers") or {}).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
