"""An HTTPS connection to a host of the public internet, and to no other."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable

from tideline.errors import ChatRefused

Connect = Callable[[str, int, float], http.client.HTTPConnection]
"""Connects to a host and port within so many seconds, for each of its reads and writes too."""


def connect_publicly(host: str, port: int, timeout_s: float) -> http.client.HTTPSConnection:
    """Return a connection whose other end has a public address and a certificate for its name.

    The address is looked at on the connection that is then used: a name that is resolved twice may have
    changed in between.

    Raises:
        ChatRefused: the host is private.
        OSError: it cannot be reached, or its certificate is no good.
    """
    plain = socket.create_connection((host, port), timeout=timeout_s)
    try:
        _require_public(plain)
        secure = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    connection = http.client.HTTPSConnection(host, port, timeout=timeout_s)
    connection.sock = secure
    return connection


def _require_public(connected: socket.socket) -> None:
    if not is_public(str(connected.getpeername()[0])):
        raise ChatRefused("the chat's host has a private address")


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, written as IPv4 in IPv6 or not."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    known = mapped or parsed
    return known.is_global and not known.is_multicast
