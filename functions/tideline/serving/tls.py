"""TLS for the serving path's connections: one context a process, for reading certificates takes time."""

from __future__ import annotations

import os
import socket
import ssl
from functools import cache


@cache
def context() -> ssl.SSLContext:
    """Verify names and chains against the system's certificates, or AWS_CA_BUNDLE where that is set."""
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)


def secured(plain: socket.socket, *, host: str) -> socket.socket:
    """Shake hands over a connected socket; raises `ssl.SSLError`, which is an `OSError`."""
    return context().wrap_socket(plain, server_hostname=host)
