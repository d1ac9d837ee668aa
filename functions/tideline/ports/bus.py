"""What tells others, now and later."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from tideline.events.base import Event


class EventPublisher(Protocol):
    """The event bus."""

    def publish(self, *events: Event) -> tuple[str, ...]:
        """Put events and return their ids, in order; raises `EventRefused` unless the bus took every one."""
        ...


class Scheduler(Protocol):
    """Schedules that ask for retraining, and for looks at what is live."""

    def set(self, model: str, expression: str | None) -> None:
        """Put the model's schedule for retraining, or remove it where the expression is None."""
        ...

    def watch(self, model: str, every_s: int) -> None:
        """Put the model's schedule for looks, rounded to whole minutes, at least one."""
        ...


class WakeUps(Protocol):
    """Moments at which to look again at what a model has been denied."""

    def set(self, model: str, *, at: datetime) -> None:
        """Have a `ReviewRequested` sent then; asking again for the same moment does no harm."""
        ...
