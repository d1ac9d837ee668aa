"""The webhook against a server on this machine, and against hosts that it must not talk to."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tideline.adapters import public_connection
from tideline.adapters.chat_webhook import ChatWebhook
from tideline.adapters.public_connection import connect_publicly, is_public
from tideline.errors import ChatRefused, ChatUnavailable, TidelineError

SECRET = "https://chat.example/hooks/s3cr3t?key=hidden"


class Room(HTTPServer):
    """A chat that answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.heard = 200, list[tuple[str, dict[str, str], Any]]()


class _Answer(BaseHTTPRequestHandler):
    server: Room

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Location", "https://elsewhere.example/")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def room(socket_enabled: None) -> Iterator[Room]:
    with Room() as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield made
        made.shutdown()


def webhook(room: Room) -> ChatWebhook:
    def connect(host: str, port: int, timeout_s: float) -> http.client.HTTPConnection:
        assert (host, port) == ("chat.example", 443)
        return http.client.HTTPConnection("127.0.0.1", room.server_port, timeout=timeout_s)

    return ChatWebhook(connect=connect, timeout_s=5)


def test_a_message_is_json_with_a_text(room: Room) -> None:
    webhook(room).post(SECRET, "größer\nals")

    ((path, headers, body),) = room.heard
    assert path == "/hooks/s3cr3t?key=hidden"
    assert headers["Content-Type"].startswith("application/json")
    assert body == {"text": "größer\nals"}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, ChatRefused), (302, ChatRefused), (400, ChatRefused), (403, ChatRefused), (404, ChatRefused),
        (410, ChatRefused), (408, ChatUnavailable), (429, ChatUnavailable), (500, ChatUnavailable),
        (503, ChatUnavailable),
    ],
)  # fmt: skip
def test_an_answer_says_whether_trying_again_may_help(
    room: Room, status: int, error: type[TidelineError]
) -> None:
    room.status = status

    with pytest.raises(error, match=str(status)):
        webhook(room).post(SECRET, "text")
    # Nobody is followed to where a redirect points.
    assert len(room.heard) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://chat.example/x", "ftp://chat.example/x", "chat.example/x", "", "https://", "https:///x",
        "https://user:word@chat.example/x", "https://chat.example:99999/x", "https://chat.example/a b",
        "https://chat.example/\r\nHost: evil", "https://chät.example/", "https://[::1/x",
    ],
)  # fmt: skip
def test_only_a_plain_https_address_is_used_and_none_is_told(address: str) -> None:
    def connect(*_: Any) -> http.client.HTTPConnection:
        raise AssertionError("nobody is to be called")

    with pytest.raises(ChatRefused) as caught:
        ChatWebhook(connect=connect).post(address, "text")
    assert str(caught.value) == "ChatRefused: the chat's address is not an https URL"


def test_nothing_tells_the_address(caplog: pytest.LogCaptureFixture) -> None:
    def connect(host: str, port: int, timeout_s: float) -> http.client.HTTPConnection:
        raise http.client.InvalidURL(f"cannot use {SECRET}")

    caplog.set_level(logging.DEBUG)
    with pytest.raises(ChatUnavailable) as caught:
        ChatWebhook(connect=connect).post(SECRET, "text")

    assert "s3cr3t" not in str(caught.value) + caplog.text
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_host_of_ones_own_network_is_refused_before_a_byte_is_sent(room: Room) -> None:
    with pytest.raises(ChatRefused, match="private"):
        connect_publicly("127.0.0.1", room.server_port, 5)
    assert room.heard == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07::1", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("169.254.169.254", False), ("172.16.0.1", False), ("192.168.1.1", False), ("100.64.0.1", False),
        ("0.0.0.0", False), ("224.0.0.1", False), ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False),
        ("::ffff:10.0.0.1", False), ("::ffff:93.184.215.14", True),
    ],
)  # fmt: skip
def test_private_addresses_are_told_from_public_ones(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_public_host_is_asked_for_its_certificate(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_connection, "is_public", lambda _address: True)
    monkeypatch.setattr(socket, "getdefaulttimeout", lambda: 5)

    # The server here speaks no TLS.
    with pytest.raises(OSError, match=r"SSL|timed out"):
        connect_publicly("127.0.0.1", room.server_port, 1)
