from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.serving.http_stub import plain, serving
from tideline.serving.http_connection import (
    Endpoint,
    HttpConnection,
    HttpError,
    Response,
    parse_endpoint,
)

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def opened() -> Iterator[list[HttpConnection]]:
    connections: list[HttpConnection] = []
    yield connections
    for connection in connections:
        connection.close()


def _connect(port: int, opened: list[HttpConnection]) -> HttpConnection:
    connection = HttpConnection(Endpoint(secure=False, host="127.0.0.1", port=port), connect_timeout_s=1)
    opened.append(connection)
    return connection


def _get(connection: HttpConnection, *, timeout_s: float = 1, max_bytes: int = 1000) -> Response:
    return connection.request(
        "GET", "/key", headers={"host": "stub"}, body=b"", timeout_s=timeout_s, max_bytes=max_bytes
    )


def test_one_connection_serves_many_requests(opened: list[HttpConnection]) -> None:
    with serving([plain(b"one"), plain(b"two", "404 Not Found", "X-Odd:  a b ")]) as stub:
        connection = _connect(stub.port, opened)
        first, second = _get(connection), _get(connection)
    assert (first.status, first.body, second.status, second.body) == (200, b"one", 404, b"two")
    assert second.headers["x-odd"] == "a b"
    assert stub.accepted == 1
    assert stub.requests[0].startswith(b"GET /key HTTP/1.1\r\nhost: stub\r\n")


def test_chunks_are_put_together(opened: list[HttpConnection]) -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
    )
    with serving([chunked, plain(b"next")]) as stub:
        connection = _connect(stub.port, opened)
        assert _get(connection).body == b"abc0123456789"
        assert _get(connection).body == b"next"


def test_a_body_without_a_length_ends_with_the_connection(opened: list[HttpConnection]) -> None:
    with serving([b"HTTP/1.1 200 OK\r\n\r\nall of it"]) as stub:
        connection = _connect(stub.port, opened)
        assert _get(connection).body == b"all of it"
        assert not connection.is_open


def test_interim_answers_and_empty_answers_are_understood(opened: list[HttpConnection]) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 204 No Content\r\n\r\n"
    with serving([interim, plain(b"x")]) as stub:
        connection = _connect(stub.port, opened)
        assert _get(connection) == Response(status=204, headers={}, body=b"")
        assert _get(connection).body == b"x"


def test_the_other_side_may_ask_to_close(opened: list[HttpConnection]) -> None:
    with serving([plain(b"x", "200 OK", "Connection: Close")], [plain(b"y")]) as stub:
        connection = _connect(stub.port, opened)
        assert _get(connection).body == b"x"
        assert not connection.is_open
        assert _get(connection).body == b"y"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFF\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_an_error_and_closes(answer: bytes, opened: list[HttpConnection]) -> None:
    with serving([answer]) as stub:
        connection = _connect(stub.port, opened)
        with pytest.raises((HttpError, ConnectionError)):
            _get(connection)
    assert not connection.is_open


def test_silence_ends_at_the_timeout(opened: list[HttpConnection]) -> None:
    with serving([None]) as stub, pytest.raises(TimeoutError):
        _get(_connect(stub.port, opened), timeout_s=0.05)


def test_a_header_cannot_smuggle_a_line(opened: list[HttpConnection]) -> None:
    with serving([plain(b"")]) as stub, pytest.raises(ValueError, match="line break"):
        _connect(stub.port, opened).request(
            "GET", "/", headers={"x": "a\r\nb: c"}, body=b"", timeout_s=1, max_bytes=1
        )


def test_endpoints_are_read_from_urls() -> None:
    assert parse_endpoint("http://127.0.0.1:4566/") == Endpoint(False, "127.0.0.1", 4566)
    assert parse_endpoint("https://s3.eu-central-1.amazonaws.com").port == 443
    assert parse_endpoint("http://localhost").authority == "localhost"
    assert parse_endpoint("https://localhost:8443").authority == "localhost:8443"


@pytest.mark.parametrize("url", ["localhost:4566", "ftp://host", "http://", "http://host:port"])
def test_what_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"endpoint|literal"):
        parse_endpoint(url)
