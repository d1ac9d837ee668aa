"""HTTP/1.1 over one kept connection, for requests and answers that fit in memory.

`http.client` would do the same, but parses headers with the `email` package, whose import alone takes a
tenth of a cold start.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import IO

import msgspec

_MAX_LINE_BYTES = 65_536
_MAX_HEADERS = 100
_FIRST_FINAL_STATUS = 200
_NO_BODY = frozenset({204, 304})


class HttpError(OSError):
    """The other side did not speak HTTP, or hung up."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where to connect."""

    secure: bool
    host: str
    port: int

    @property
    def authority(self) -> str:
        """What the Host header says: the port only where it isn't the scheme's own."""
        usual = 443 if self.secure else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


class Response(msgspec.Struct, frozen=True):
    """An answer, read whole; header names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpConnection:
    """A connection that is opened when needed and kept while both sides like."""

    def __init__(self, endpoint: Endpoint, *, connect_timeout_s: float) -> None:
        self._endpoint = endpoint
        self._connect_timeout_s = connect_timeout_s
        self._socket: socket.socket | None = None
        self._stream: IO[bytes] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a request would reuse a connection, which the other side may have closed meanwhile."""
        return self._socket is not None

    def open(self) -> None:
        """Connect, and for https shake hands; raises `OSError`."""
        address = (self._endpoint.host, self._endpoint.port)
        plain = socket.create_connection(address, timeout=self._connect_timeout_s)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = self._secured(plain) if self._endpoint.secure else plain
        self._stream = self._socket.makefile("rb")

    def close(self) -> None:
        """Hang up; the next request connects anew."""
        if self._stream is not None:
            self._stream.close()
        if self._socket is not None:
            self._socket.close()
        self._socket = self._stream = None

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        timeout_s: float,
        max_bytes: int,
    ) -> Response:
        """Send a request and read its answer.

        Args:
            method: Such as `GET`.
            path: Encoded.
            headers: Without a content length.
            body: May be empty.
            timeout_s: Longest silence.
            max_bytes: Longest body that is read.

        Raises:
            OSError: if that fails, `HttpError` if what comes is no answer; the connection is closed then.
        """
        try:
            if self._socket is None:
                self.open()
            return self._exchange(
                _request_bytes(method, path, headers, body), timeout_s=timeout_s, max_bytes=max_bytes
            )
        except OSError:
            self.close()
            raise

    def _exchange(self, sent: bytes, *, timeout_s: float, max_bytes: int) -> Response:
        if self._socket is None or self._stream is None:
            raise HttpError("the connection is closed")
        self._socket.settimeout(timeout_s)
        self._socket.sendall(sent)
        status = _read_status(self._stream)
        headers = _read_headers(self._stream)
        body = b"" if status in _NO_BODY else _read_body(self._stream, headers, max_bytes=max_bytes)
        if headers.get("connection", "").lower() == "close" or not _is_framed(headers, status):
            self.close()
        return Response(status=status, headers=headers, body=body)

    def _secured(self, plain: socket.socket) -> socket.socket:
        from tideline.serving.tls import secured  # noqa: PLC0415 - not loaded where nothing is https

        return secured(plain, host=self._endpoint.host)


def parse_endpoint(url: str) -> Endpoint:
    """Read `http://host:port` or `https://host`; raises `ValueError`."""
    scheme, found, rest = url.partition("://")
    authority = rest.split("/", 1)[0]
    host, _, port = authority.partition(":")
    if not found or scheme not in {"http", "https"} or not host:
        raise ValueError(f"{url!r} is not the URL of an endpoint")
    secure = scheme == "https"
    return Endpoint(secure=secure, host=host, port=int(port) if port else (443 if secure else 80))


def _request_bytes(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a line break in a request's head")
    lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _line(stream: IO[bytes]) -> bytes:
    line = stream.readline(_MAX_LINE_BYTES + 1)
    if not line.endswith(b"\n"):
        raise HttpError("the answer is cut off" if len(line) <= _MAX_LINE_BYTES else "a line is too long")
    return line.strip()


def _read_status(stream: IO[bytes]) -> int:
    while True:
        version, _, rest = _line(stream).partition(b" ")
        if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
            raise HttpError("the answer is not HTTP/1.1")
        status = int(rest[:3])
        if status >= _FIRST_FINAL_STATUS:
            return status
        _read_headers(stream)


def _read_headers(stream: IO[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_MAX_HEADERS):
        line = _line(stream)
        if not line:
            return headers
        name, _, value = line.partition(b":")
        headers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
    raise HttpError("too many headers")


def _is_framed(headers: Mapping[str, str], status: int) -> bool:
    return status in _NO_BODY or "content-length" in headers or "transfer-encoding" in headers


def _read_body(stream: IO[bytes], headers: Mapping[str, str], *, max_bytes: int) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _read_chunks(stream, max_bytes=max_bytes)
    length = headers.get("content-length")
    if length is None:
        return _bounded(stream.read(max_bytes + 1), max_bytes)
    if not length.isdigit():
        raise HttpError("the answer's length is not a number")
    if int(length) > max_bytes:
        raise HttpError(f"the answer has {length} bytes, more than {max_bytes}")
    return _exactly(stream, int(length))


def _read_chunks(stream: IO[bytes], *, max_bytes: int) -> bytes:
    body = bytearray()
    while True:
        size = _chunk_size(_line(stream))
        if len(body) + size > max_bytes:
            raise HttpError(f"the answer has more than {max_bytes} bytes")
        if size == 0:
            _read_headers(stream)
            return bytes(body)
        body += _exactly(stream, size)
        _line(stream)


def _chunk_size(line: bytes) -> int:
    digits = line.split(b";", 1)[0].strip()
    try:
        size = int(digits, 16)
    except ValueError as error:
        raise HttpError("a chunk's size is not a number") from error
    if size < 0:
        raise HttpError("a chunk's size is negative")
    return size


def _exactly(stream: IO[bytes], size: int) -> bytes:
    body = stream.read(size)
    if len(body) < size:
        raise HttpError(f"the answer is cut off at {len(body)} of {size} bytes")
    return body


def _bounded(body: bytes, max_bytes: int) -> bytes:
    if len(body) > max_bytes:
        raise HttpError(f"the answer has more than {max_bytes} bytes")
    return body
