"""From events to wishes to go back: a command is about one model, an alarm about all."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from tideline.domain.release.rollback_wish import RollbackWish
from tideline.events.aws import ALARM, AlarmChanged
from tideline.events.base import Envelope
from tideline.events.commands import RollbackRequested
from tideline.events.facts import RunFailed
from tideline.services.malformed import refused


def read_rollback(envelope: Envelope, *, models: Sequence[str]) -> tuple[RollbackWish, ...] | RunFailed:
    """Return the wishes that an event makes, or the answer to a command that cannot be understood.

    Raises:
        ValueError: the event is none that asks to go back; a rule is wrong.
    """
    if envelope.detail_type == ALARM:
        return tuple(_of_alarm(envelope, model) for model in models if _went_off(envelope))
    if envelope.detail_type != RollbackRequested.detail_type():
        raise ValueError(f"{envelope.detail_type} does not ask to go back")
    try:
        wanted = RollbackRequested.model_validate(envelope.detail)
    except ValidationError as exc:
        return refused(envelope, exc, asked="rollback", stage="rollback")
    return (
        RollbackWish(
            model=wanted.model,
            event_id=envelope.id,
            sent_at=envelope.time,
            version=wanted.version,
            reason=wanted.reason,
            requested_by=wanted.requested_by,
        ),
    )


def _went_off(envelope: Envelope) -> bool:
    return AlarmChanged.model_validate(envelope.detail).state.value == "ALARM"


def _of_alarm(envelope: Envelope, model: str) -> RollbackWish:
    alarm = AlarmChanged.model_validate(envelope.detail)
    why = f": {alarm.state.reason}" if alarm.state.reason else ""
    return RollbackWish(
        model=model,
        event_id=envelope.id,
        sent_at=envelope.time,
        by="alarm",
        reason=f"alarm {alarm.name} went off{why}",
    )
