"""A proxy on the loopback interface that signs what clients send which cannot sign."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.integration.cloud import Cloud

# Headers that are about the connection, or that the signature sets itself.
_OWN = frozenset({"host", "connection", "content-length", "accept-encoding", "transfer-encoding", "date"})


@contextmanager
def signing_proxy(cloud: Cloud) -> Iterator[str]:
    """Give the address, `host:port`, of a proxy of the API."""

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._forward(b"")

        def do_POST(self) -> None:
            self._forward(self.rfile.read(int(self.headers.get("content-length", 0))))

        def _forward(self, body: bytes) -> None:
            sent = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
            status, headers, content = cloud.call(self.command, self.path, sent, body)
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
