"""Those who are told, and what they have been told."""

from __future__ import annotations

from datetime import datetime

from tideline.domain.alerts.alert import Letter


class FakeAlertTopic:
    """`tideline.ports.AlertTopic`."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def publish(self, letter: Letter) -> str:
        self.letters.append(letter)
        return f"m{len(self.letters)}"


class FakeAlertRegistry:
    """`tideline.ports.AlertRegistry`."""

    def __init__(self) -> None:
        self.told: dict[str, datetime] = {}

    def was_told(self, key: str) -> bool:
        return key in self.told

    def mark_told(self, key: str, *, at: datetime) -> None:
        self.told[key] = at


class FakeDeadLetters:
    """`tideline.ports.DeadLetters`."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str]] = []

    def keep(self, body: str, *, reason: str) -> None:
        self.kept.append((body, reason))
