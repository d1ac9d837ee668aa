"""A scripted HTTP server on 127.0.0.1: each connection gets the next list of raw answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class HttpStub:
    """Raw answers by connection; an empty list hangs up at once, None stays silent."""

    def __init__(self, connections: list[list[bytes | None]]) -> None:
        self._connections = connections
        self.requests: list[bytes] = []
        self.accepted = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._done = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        for answers in self._connections:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.accepted += 1
            with connection:
                self._answer(connection, answers)

    def _answer(self, connection: socket.socket, answers: list[bytes | None]) -> None:
        stream = connection.makefile("rb")
        for answer in answers:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = stream.readline()
                if not line:
                    return
                head += line
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            self.requests.append(head + stream.read(length))
            if answer is None:
                self._done.wait(5)
                return
            connection.sendall(answer)
        stream.close()

    def close(self) -> None:
        self._done.set()
        self._socket.close()


@contextmanager
def serving(*connections: list[bytes | None]) -> Iterator[HttpStub]:
    stub = HttpStub(list(connections))
    try:
        yield stub
    finally:
        stub.close()


def plain(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
