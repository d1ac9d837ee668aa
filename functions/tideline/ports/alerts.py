"""What reaches people."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from tideline.domain.alerts.alert import Letter


class AlertTopic(Protocol):
    """Whoever wants to be told."""

    def publish(self, letter: Letter) -> str:
        """Send a letter to everybody and return its id."""
        ...


class AlertRegistry(Protocol):
    """What has been told already."""

    def was_told(self, key: str) -> bool:
        """Tell whether an alert of this key was sent in the last month."""
        ...

    def mark_told(self, key: str, *, at: datetime) -> None:
        """Note that one was sent; noting it again does no harm."""
        ...


class Secret(Protocol):
    """One secret text."""

    def read(self) -> str:
        """Return it as it is now; raises `ChatRefused` where there is none that may be used."""
        ...


class Chat(Protocol):
    """A room that takes messages by a webhook."""

    def post(self, address: str, text: str) -> None:
        """Post a message; raises `ChatRefused` or `ChatUnavailable`, which never hold the address."""
        ...


class DeadLetters(Protocol):
    """What needs a person."""

    def keep(self, body: str, *, reason: str) -> None:
        """Keep a message that nobody could be given, with the reason beside it."""
        ...
