"""From events on the bus to requests for a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from tideline.domain.training.admission import Denial, Request
from tideline.domain.training.run import Trigger
from tideline.events.base import Envelope
from tideline.events.commands import RetrainRequested, ReviewRequested
from tideline.events.facts import (
    DatasetAccepted,
    DriftDetected,
    PerformanceDropped,
    RetrainDenied,
    SpecApplied,
)
from tideline.services.malformed import explain, named_model


@dataclass(frozen=True)
class Review:
    """Look again at what is remembered: something has changed that may let it start."""

    model: str


def read_request(envelope: Envelope) -> Request | Review | RetrainDenied | None:
    """Return the request that an event makes, or the answer to a command that cannot be understood.

    None for a drift that does no harm: the bus's rule keeps those away, and whoever changes it must not start
    runs by it.

    Raises:
        ValueError: the event is none that asks for a run; a rule of the bus is wrong.
    """
    read = _READERS.get(envelope.detail_type)
    if read is None:
        raise ValueError(f"{envelope.detail_type} asks for no run")
    return read(envelope)


def _of_data(envelope: Envelope) -> Request:
    accepted = DatasetAccepted.model_validate(envelope.detail)
    return Request(
        model=accepted.model,
        trigger=Trigger.DATA,
        event_id=envelope.id,
        dataset_version=accepted.dataset_version,
    )


def _of_drift(envelope: Envelope) -> Request | None:
    detected = DriftDetected.model_validate(envelope.detail)
    if detected.severity != "retrain":
        return None
    return Request(model=detected.model, trigger=Trigger.DRIFT, event_id=envelope.id)


def _of_drop(envelope: Envelope) -> Request:
    dropped = PerformanceDropped.model_validate(envelope.detail)
    return Request(model=dropped.model, trigger=Trigger.PERFORMANCE, event_id=envelope.id)


def _of_spec(envelope: Envelope) -> Review:
    # Another spec may ask for more, or set other limits.
    return Review(SpecApplied.model_validate(envelope.detail).model)


def _of_wake_up(envelope: Envelope) -> Review:
    return Review(ReviewRequested.model_validate(envelope.detail).model)


def _of_command(envelope: Envelope) -> Request | RetrainDenied:
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


_READERS: dict[str, Callable[[Envelope], Request | Review | RetrainDenied | None]] = {
    DatasetAccepted.detail_type(): _of_data,
    DriftDetected.detail_type(): _of_drift,
    PerformanceDropped.detail_type(): _of_drop,
    SpecApplied.detail_type(): _of_spec,
    ReviewRequested.detail_type(): _of_wake_up,
    RetrainRequested.detail_type(): _of_command,
}
