"""Unit tests talk to nobody."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """Refuse every socket; a test that is about sockets asks for `socket_enabled`."""
