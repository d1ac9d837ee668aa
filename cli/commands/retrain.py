"""`tideline retrain`: ask for a run through the bus, and show the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import bus
from cli.acting import As, acting
from cli.explain.denials import advise_denied
from cli.identity import whoami
from cli.session import Session
from tideline.domain.training.admission import Denial, Request, admit
from tideline.domain.training.governing.wish import Wish, is_remembered, strength
from tideline.domain.training.run import Trigger
from tideline.events.commands import RetrainRequested

EXAMPLES = ("tideline retrain churn", "tideline retrain churn --force --reason 'new library versions'")
_PATIENCE_S = 30.0
# A denial leaves no trace in the registry: no run by then, and rules that say no, are one.
_DENIED_AFTER_S = 6.0
_POLL_S = 0.5


@dataclass(frozen=True)
class Reply:
    """The answer to a request: a run, a denial, or neither in time.

    Attributes:
        remembered: Whether a denied request starts a run by itself later.
    """

    event_id: str
    run_id: str | None = None
    denial: Denial | None = None
    message: str = ""
    remembered: bool = False


def retrain(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    force: Annotated[
        bool, typer.Option("--force", help="Even on data and spec that were trained on already.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Don't wait for the answer.")] = False,
    as_user: As = None,
) -> int:
    """Ask for a run, and say whether it started or why not."""
    session = acting(session, as_user)
    session.registry.spec(model)
    event_id = send(session, model, force=force, reason=reason)
    if no_wait:
        reply = Reply(event_id, message="the request is on the bus")
    else:
        with session.waiting("Waiting for the answer"):
            reply = wait_for_reply(session, model, event_id, force=force)
    _show(session, model, reply)
    started = reply.run_id is not None or reply.remembered or no_wait
    return 0 if started else 1


def send(session: Session, model: str, *, force: bool, reason: str) -> str:
    """Put a `RetrainRequested` event on the bus and return its id."""
    target = session.target
    command = RetrainRequested(model=model, force=force, reason=reason, requested_by=whoami(target))
    return bus.send(target, command)


def wait_for_reply(
    session: Session,
    model: str,
    event_id: str,
    *,
    force: bool,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Reply:
    """Return the run that an event started, or why it started none, by the rules that decided."""
    registry, began = session.registry, clock()
    request = Request(model, Trigger.REQUEST, event_id, force=force)
    while clock() - began < _PATIENCE_S:
        run_id = registry.runs.started_by(model, event_id)
        if run_id is not None:
            return Reply(event_id, run_id=run_id, message=f"run {run_id} has started")
        remembered = registry.runs.remembered(model)
        if remembered is not None and remembered.event_id == event_id:
            return _remembered(remembered)
        admission = admit(request, registry.situation(model), at=datetime.now(UTC))
        if clock() - began >= _DENIED_AFTER_S and _is_final(request, admission.denial, remembered):
            return Reply(event_id, denial=admission.denial, message=admission.explanation)
        sleep(_POLL_S)
    return Reply(event_id, message="no answer yet; `tideline doctor` shows what is stuck")


def _is_final(request: Request, denial: Denial | None, remembered: Wish | None) -> bool:
    """Tell whether nothing more comes: a request that waits leaves a trace, unless a stronger one does."""
    if denial is None:
        return False
    if not is_remembered(request, denial):
        return True
    return remembered is not None and remembered.strength > strength(request)


def _remembered(wish: Wish) -> Reply:
    later = "" if wish.denial is Denial.IN_FLIGHT else "; it is remembered, and starts by itself then"
    message = f"{wish.explanation}{later}"
    return Reply(wish.event_id, denial=wish.denial, message=message, remembered=True)


def _show(session: Session, model: str, reply: Reply) -> None:
    if session.json:
        session.emit(
            {
                "model": model,
                "event_id": reply.event_id,
                "started": reply.run_id is not None,
                "run_id": reply.run_id,
                "denial": reply.denial.value if reply.denial else None,
                "remembered": reply.remembered,
                "message": reply.message,
            }
        )
        return
    session.say(reply.message[:1].upper() + reply.message[1:], style="green" if reply.run_id else "yellow")
    if reply.run_id:
        session.say(f"Follow it: tideline watch {model}")
    elif reply.denial is not None:
        session.say(advise_denied(reply.denial, model=model))
