"""An event bus that remembers."""

from __future__ import annotations

from typing import TypeVar

from tideline.events.base import Event

E = TypeVar("E", bound=Event)


class FakePublisher:
    """`tideline.ports.EventPublisher`; events go through JSON as they do on the way to the bus."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def publish(self, *events: Event) -> tuple[str, ...]:
        first = len(self.events)
        self.events.extend(type(event).model_validate_json(event.model_dump_json()) for event in events)
        return tuple(f"{number:08x}-0" for number in range(first, len(self.events)))

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of one type, in order."""
        return [event for event in self.events if isinstance(event, kind)]
