"""Ask for a release of a version that there is."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.events.commands import ReleaseRequested
from tideline.ports import EventPublisher, VersionRegistry


@dataclass(frozen=True)
class RequestRelease:
    """Each call is a wish of its own; `start_release` decides what comes of it."""

    versions: VersionRegistry
    publisher: EventPublisher

    def __call__(self, command: ReleaseRequested) -> None:
        """Put the command on the bus; raises `UnknownVersion` where that would ask for nothing."""
        self.versions.load(command.model, command.version)
        self.publisher.publish(command)
