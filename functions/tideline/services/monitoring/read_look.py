"""Read a request for a look from an event: somebody asked, a schedule did, or labels have come."""

from __future__ import annotations

from pydantic import ValidationError

from tideline.events.base import Envelope
from tideline.events.commands import MonitorRequested
from tideline.events.facts import LabelsAccepted, RunFailed
from tideline.services.malformed import refused
from tideline.services.monitoring.make_record import LookRequest


def read_look(envelope: Envelope) -> LookRequest | RunFailed:
    """Return the request that an event makes, or the answer to a command that cannot be understood.

    Raises:
        ValueError: the event is none that asks for a look; a rule of the bus is wrong.
    """
    if envelope.detail_type == LabelsAccepted.detail_type():
        labelled = LabelsAccepted.model_validate(envelope.detail)
        return LookRequest(model=labelled.model, cause=envelope.id, at=envelope.time, for_labels=True)
    if envelope.detail_type != MonitorRequested.detail_type():
        raise ValueError(f"{envelope.detail_type} asks for no look")
    try:
        wanted = MonitorRequested.model_validate(envelope.detail)
    except ValidationError as exc:
        return refused(envelope, exc, asked="look", stage="monitor")
    return LookRequest(
        model=wanted.model, cause=envelope.id, at=envelope.time, by_person=wanted.trigger == "request"
    )
