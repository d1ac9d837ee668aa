"""Ask to go back, for a model that there is."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.release.rollback_wish import RollbackAsked
from tideline.errors import UnknownModel
from tideline.events.commands import RollbackRequested
from tideline.ports import EventPublisher, SpecRegistry


@dataclass(frozen=True)
class RequestRollback:
    """Each call is a wish of its own; `roll_back` decides what comes of it."""

    specs: SpecRegistry
    publisher: EventPublisher

    def __call__(self, command: RollbackRequested) -> RollbackAsked:
        """Put the command on the bus; raises `UnknownModel`: that would ask for nothing."""
        if self.specs.head(command.model).version == 0:
            raise UnknownModel(command.model)
        (event_id,) = self.publisher.publish(command)
        return RollbackAsked(
            model=command.model,
            version=command.version,
            reason=command.reason,
            requested_by=command.requested_by,
            event_id=event_id,
        )
