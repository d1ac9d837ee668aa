"""The custom event bus as a publisher that reads its receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tideline.adapters.aws_errors import translated
from tideline.errors import EventRefused, ThrottledByService
from tideline.events.base import SOURCE, Event

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

# Answers to single entries after which the same entry may be taken.
_PATIENCE = frozenset({"ThrottlingException", "InternalFailure", "InternalException"})
# PutEvents takes ten entries a call.
_ENTRIES_A_CALL = 10


class EventBridgePublisher:
    """`tideline.ports.EventPublisher` on one bus."""

    def __init__(self, client: EventBridgeClient, bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def publish(self, *events: Event) -> tuple[str, ...]:
        starts = range(0, len(events), _ENTRIES_A_CALL)
        return tuple(name for start in starts for name in self._put(events[start : start + _ENTRIES_A_CALL]))

    def _put(self, events: tuple[Event, ...]) -> list[str]:
        with translated("EventBridge"):
            answer = self._client.put_events(
                Entries=[
                    {
                        "EventBusName": self._bus_name,
                        "Source": SOURCE,
                        "DetailType": event.detail_type(),
                        "Detail": event.model_dump_json(),
                    }
                    for event in events
                ]
            )
        # A call that succeeds may still have refused entries; unread, an event would be lost in silence.
        for event, entry in zip(events, answer["Entries"], strict=True):
            if "ErrorCode" in entry:
                code = entry["ErrorCode"]
                refused = ThrottledByService if code in _PATIENCE else EventRefused
                raise refused(f"the bus refused {event.detail_type()}: {code}")
        return [entry["EventId"] for entry in answer["Entries"]]
