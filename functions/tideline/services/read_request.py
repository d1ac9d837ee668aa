"""From events on the bus to requests for a run."""

from __future__ import annotations

from pydantic import ValidationError

from tideline.domain.training.admission import Denial, Request
from tideline.domain.training.run import Trigger
from tideline.events.base import Envelope
from tideline.events.commands import RetrainRequested
from tideline.events.facts import DatasetAccepted, RetrainDenied
from tideline.services.malformed import explain, named_model


def read_request(envelope: Envelope) -> Request | RetrainDenied:
    """Return the request that an event makes, or the answer to a command that cannot be understood.

    Raises:
        ValueError: the event is none that asks for a run; a rule of the bus is wrong.
    """
    if envelope.detail_type == DatasetAccepted.detail_type():
        accepted = DatasetAccepted.model_validate(envelope.detail)
        return Request(
            model=accepted.model,
            trigger=Trigger.DATA,
            event_id=envelope.id,
            dataset_version=accepted.dataset_version,
        )
    if envelope.detail_type != RetrainRequested.detail_type():
        raise ValueError(f"{envelope.detail_type} asks for no run")
    try:
        wanted = RetrainRequested.model_validate(envelope.detail)
    except ValidationError as exc:
        return _malformed(envelope, exc)
    return Request(
        model=wanted.model,
        trigger=Trigger(wanted.trigger),
        event_id=envelope.id,
        requested_by=wanted.requested_by,
        force=wanted.force,
    )


def _malformed(envelope: Envelope, exc: ValidationError) -> RetrainDenied:
    return RetrainDenied(
        model=named_model(envelope),
        occurred_at=envelope.time,
        reason=Denial.MALFORMED,
        message=explain(envelope, exc),
        trigger=Trigger.REQUEST,
    )
