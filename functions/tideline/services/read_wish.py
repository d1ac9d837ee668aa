"""From events on the bus to wishes for a release."""

from __future__ import annotations

from pydantic import ValidationError

from tideline.domain.release.release_wish import ReleaseWish
from tideline.events.base import Envelope
from tideline.events.commands import ReleaseRequested
from tideline.events.facts import ModelRegistered, RunFailed
from tideline.services.malformed import refused


def read_wish(envelope: Envelope) -> ReleaseWish | RunFailed:
    """Return the wish that an event makes, or the answer to a command that cannot be understood.

    Raises:
        ValueError: the event is none that asks for a release; a rule of the bus is wrong.
    """
    if envelope.detail_type == ModelRegistered.detail_type():
        registered = ModelRegistered.model_validate(envelope.detail)
        return ReleaseWish(
            model=registered.model, version=registered.version, event_id=envelope.id, automatic=True
        )
    if envelope.detail_type != ReleaseRequested.detail_type():
        raise ValueError(f"{envelope.detail_type} asks for no release")
    try:
        wanted = ReleaseRequested.model_validate(envelope.detail)
    except ValidationError as exc:
        return refused(envelope, exc, asked="release", stage="start")
    return ReleaseWish(
        model=wanted.model,
        version=wanted.version,
        event_id=envelope.id,
        automatic=False,
        requested_by=wanted.requested_by,
        strategy=wanted.strategy,
    )
