"""Ask for a release of a version that there is."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.release.release_order import ReleaseAsked, release_id
from tideline.events.commands import ReleaseRequested
from tideline.ports import EventPublisher, VersionRegistry


@dataclass(frozen=True)
class RequestRelease:
    """Each call is a wish of its own; `start_release` decides what comes of it."""

    versions: VersionRegistry
    publisher: EventPublisher

    def __call__(self, command: ReleaseRequested) -> ReleaseAsked:
        """Put the command on the bus and name the release that it starts, if one is started.

        Raises:
            UnknownVersion: that would ask for nothing.
        """
        self.versions.load(command.model, command.version)
        (event_id,) = self.publisher.publish(command)
        return ReleaseAsked(
            model=command.model,
            version=command.version,
            reason=command.reason,
            requested_by=command.requested_by,
            event_id=event_id,
            release_id=release_id(command.model, version=command.version, event_id=event_id),
        )
