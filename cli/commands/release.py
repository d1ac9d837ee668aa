"""`tideline release`: ask, as who you are, for a version to go live.

It goes through the API, which proves who asks, and not through the bus, which believes what an event says.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cli.acting import As, acting
from cli.api import sender, sentence
from cli.errors import CliError
from cli.session import Session
from tideline.errors import UnknownVersion

EXAMPLES = ("tideline release churn 3", "tideline release churn 2 --reason 'version 3 is too slow'")


def release(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    as_user: As = None,
) -> None:
    """Ask for a version to go live: an older one again, or one whose release failed or expired."""
    session = acting(session, as_user)
    spec = session.registry.spec(model)
    try:
        session.registry.versions.load(model, version)
    except UnknownVersion as exc:
        raise CliError(f"{exc.message}: `tideline versions {model}` lists them") from exc
    body = json.dumps({"version": version, "reason": reason})
    answer = sender(session.target)(f"/models/{model}/release", body.encode())
    if not answer.is_good:
        raise CliError(sentence(answer))
    asked = answer.document()
    event_id, name = asked["event_id"], asked["release_id"]
    needs_approval = spec.release.approval == "required"
    if session.json:
        session.emit({"model": model, "event_id": event_id, "release_id": name, "approval": needs_approval})
        return
    session.say(f"Asked for: release {name}", style="green")
    if needs_approval:
        session.say(f"Somebody else has to approve it: tideline approve {model} {version}")
    session.say(f"See where it stands: tideline status {model}")
