"""What to tell somebody whose command cannot be understood."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from tideline.domain.keys import MODEL_NAME
from tideline.events.base import Envelope
from tideline.events.facts import RunFailed

# An answer travels as an event, which holds 256 KB; a command may be as large itself.
_FAULTS_SHOWN = 10
_PLACE_LENGTH = 100


def refused(envelope: Envelope, exc: ValidationError, *, asked: str, stage: str) -> RunFailed:
    """Return the answer to a command about a release, where there is no run or release to speak of.

    Args:
        envelope: The command.
        exc: What is wrong with it.
        asked: What it asks for, in the name that stands for the run's.
        stage: Where it ended.
    """
    return RunFailed(
        model=named_model(envelope),
        occurred_at=envelope.time,
        run_id=f"{asked} event {envelope.id}",
        stage=stage,
        error="Malformed",
        cause=explain(envelope, exc),
    )


def explain(envelope: Envelope, exc: ValidationError) -> str:
    """Return a sentence that names the command, the fields and what is wrong with them."""
    faults = exc.errors(include_input=False, include_url=False, include_context=False)
    told = "; ".join(f"{_spell(fault['loc'])}: {fault['msg']}" for fault in faults[:_FAULTS_SHOWN])
    more = f"; and {len(faults) - _FAULTS_SHOWN} more" if len(faults) > _FAULTS_SHOWN else ""
    return f"the {envelope.detail_type} event is malformed: {told}{more}"


def named_model(envelope: Envelope) -> str:
    """Return the model that a command names; empty where that is no legal name."""
    model = envelope.detail.get("model", "")
    return model if isinstance(model, str) and MODEL_NAME.fullmatch(model) else ""


def _spell(loc: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in loc)[:_PLACE_LENGTH] or "detail"
