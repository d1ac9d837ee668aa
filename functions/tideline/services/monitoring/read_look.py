"""Read a request for a look from an event: somebody asked, a schedule did, or labels have come."""

from __future__ import annotations

from tideline.events.base import Envelope
from tideline.events.commands import MonitorRequested
from tideline.events.facts import LabelsAccepted
from tideline.services.monitoring.make_record import LookRequest

_KINDS = {kind.detail_type(): kind for kind in (MonitorRequested, LabelsAccepted)}


def read_look(envelope: Envelope) -> LookRequest | None:
    """Return the request, None for an event that asks for no look.

    Raises:
        ValidationError: the event is none of the kind that it says it is.
    """
    kind = _KINDS.get(envelope.detail_type)
    if kind is None:
        return None
    asked = kind.model_validate(envelope.detail)
    return LookRequest(model=asked.model, cause=envelope.id, at=envelope.time)
