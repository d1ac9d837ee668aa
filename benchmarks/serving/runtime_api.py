"""A local Lambda Runtime API: hands prepared events to awslambdaric and times the answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
_HEADERS = (
    f"Lambda-Runtime-Aws-Request-Id: {REQUEST_ID}\r\n"
    "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:000000000000:function:predict\r\n"
)


class RuntimeApi:
    """One worker's invocations: `next` gives the next event, every answer is kept with its time."""

    def __init__(self, events: Sequence[bytes]) -> None:
        self._events = iter(events)
        self.answers: list[bytes] = []
        self.handed_at: list[int] = []
        self.answered_at: list[int] = []
        self.failures: list[bytes] = []
        self.finished = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API takes."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    @property
    def times_ns(self) -> list[int]:
        """From handing each event out to its answer."""
        return [done - began for began, done in zip(self.handed_at, self.answered_at, strict=False)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while line := stream.readline():
            length = _content_length(stream)
            body = stream.read(length)
            path = line.split()[1]
            if path.endswith(b"/next"):
                if not self._hand_out(connection):
                    return
            else:
                self._take(path, body)
                connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    def _hand_out(self, connection: socket.socket) -> bool:
        event = next(self._events, None)
        if event is None:
            self.finished.set()
            return False
        deadline = int((time.time() + 29) * 1000)
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{_HEADERS}"
            f"Lambda-Runtime-Deadline-Ms: {deadline}\r\nContent-Length: {len(event)}\r\n\r\n"
        )
        self.handed_at.append(time.perf_counter_ns())
        connection.sendall(head.encode() + event)
        return True

    def _take(self, path: bytes, body: bytes) -> None:
        now = time.perf_counter_ns()
        if path.endswith(b"/response"):
            self.answered_at.append(now)
            self.answers.append(body)
            return
        self.failures.append(body)
        self.finished.set()


def _content_length(stream: object) -> int:
    length = 0
    while (line := stream.readline().strip()) != b"":  # type: ignore[attr-defined]
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        elif name.lower() == b"transfer-encoding":
            raise ValueError("the runtime client was expected to send a content length")
    return length
