"""`tideline drift`: which features have shifted, since when, and what that did to the answers."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.session import Session
from cli.watching.looks import looks_at, newest_look

EXAMPLES = ("tideline drift churn", "tideline drift churn --looks 48", "tideline drift churn --json")


def drift(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    most: Annotated[
        int, typer.Option("--looks", metavar="N", min=1, max=500, help="So many looks back.")
    ] = 12,
) -> None:
    """Show the features of a live version, those first that have shifted most harmfully, then and now."""
    looks = looks_at(session, model)
    found = looks.newest(most)
    newest_look(session, model, found)
    # Distributions need numpy, which no other command does.
    from cli.watching.drift_told import drift_json, tell_drift  # noqa: PLC0415
    from cli.watching.seen import seen_in  # noqa: PLC0415

    seen = seen_in(looks, found)
    if session.json:
        session.emit(drift_json(seen))
    else:
        tell_drift(session, seen, large=session.registry.spec(model).monitoring.drift.psi)
