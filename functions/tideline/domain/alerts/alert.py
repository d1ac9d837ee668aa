"""What a person is to be told, before it is put into words for a mail."""

from __future__ import annotations

import hashlib

from tideline.domain.value import Value

# What the registry's keys of alerts start with; grants name it.
ALERT_KEYS = "ALERT#"


class Alert(Value):
    """One thing that happened and what to do about it.

    Attributes:
        identity: What makes two alerts the same; nobody is told the same twice within a month.
        headline: What happened, in some words.
        facts: Names and values, in the order in which they are read.
        reasons: Why, the most important first.
        advice: What to do next, in sentences; commands stand in backticks and name no environment.
    """

    identity: tuple[str, ...]
    headline: str
    facts: tuple[tuple[str, str], ...] = ()
    reasons: tuple[str, ...] = ()
    advice: tuple[str, ...]

    @property
    def key(self) -> str:
        """The identity as 64 hexadecimal digits."""
        return hashlib.sha256("\0".join(self.identity).encode("utf-8", "replace")).hexdigest()


class Letter(Value):
    """An alert in words; the subject is one line of ASCII."""

    subject: str
    text: str
