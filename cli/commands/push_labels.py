"""`tideline push --labels`: what becomes of outcomes once they are read."""

from __future__ import annotations

from collections.abc import Sequence

from cli.inbox.answers import Answer
from cli.session import Session
from tideline.domain.contract.durations import format_duration
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.dropped_object import ObjectOutcome


def tell_next(session: Session, spec: ModelSpec, answers: Sequence[Answer]) -> None:
    """Say when outcomes that were taken will count, and until when they may come."""
    if session.json or not any(answer.receipt.outcome is ObjectOutcome.ACCEPTED for answer in answers):
        return
    every, horizon = (format_duration(s) for s in (spec.monitoring.every, spec.monitoring.labels.horizon))
    session.say(
        f"They are joined with predictions of up to {horizon} before at the next look at {spec.model}, every"
        f" {every}; or now:"
    )
    session.say(f"tideline monitor {spec.model} --now", indent=2, copied=True)
