"""Put a command on the bus."""

from __future__ import annotations

from cli.errors import CliError
from cli.target import Target
from tideline.events.base import SOURCE, Command


def send(target: Target, command: Command) -> str:
    """Put a command on the bus and return its event's id; raises `CliError` where the bus refuses it."""
    answer = target.events.put_events(
        Entries=[
            {
                "EventBusName": target.output("EventBus"),
                "Source": SOURCE,
                "DetailType": command.detail_type(),
                "Detail": command.model_dump_json(),
            }
        ]
    )
    entry = answer["Entries"][0]
    if answer["FailedEntryCount"]:
        raise CliError(f"the bus refused the event: {entry.get('ErrorMessage') or entry.get('ErrorCode')}")
    return entry["EventId"]
