"""What time it is."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, in UTC."""

    def __call__(self) -> datetime:
        """Return the time."""
        ...


class Stopwatch(Protocol):
    """Seconds since some fixed moment, never going back."""

    def __call__(self) -> float:
        """Return the seconds."""
        ...
