"""A local stand-in for the two reads of `predict`: the deployment record and the artifact, real bytes."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class CloudStub:
    """DynamoDB's GetItem and S3's GetObject over HTTP, as the services' answers look."""

    def __init__(self, *, documents: Sequence[dict[str, Any]], artifact: bytes) -> None:
        items = {f"MODEL#{document['model']}": _item(document) for document in documents}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body are two writes; no service waits for an acknowledgement between them.
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self._answer("application/x-amz-json-1.0", items[asked["Key"]["pk"]["S"]])

            def do_GET(self) -> None:
                self._answer("binary/octet-stream", artifact)

            def _answer(self, content_type: str, body: bytes) -> None:
                if not self.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential="):
                    raise ValueError("the request is not signed")
                self.send_response(200)
                self.send_header("content-type", content_type)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL takes."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _item(document: dict[str, Any]) -> bytes:
    text = json.dumps(document, separators=(",", ":"))
    return json.dumps({"Item": {"document": {"S": text}}}).encode()
