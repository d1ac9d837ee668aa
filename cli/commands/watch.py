"""`tideline watch`: follow a run until it ends."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.follow.choice import choose_run, named_run
from cli.follow.display import show
from cli.follow.follower import Follower, Source
from cli.follow.outcome import Outcome
from cli.session import Session
from tideline.domain.training.run import Run

EXAMPLES = ("tideline watch churn", "tideline watch churn --run churn-d3-s1", "tideline watch churn --json")
# As long as the workflow may run.
_TIMEOUT_S = 12 * 3600.0


def watch(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    run: Annotated[str | None, typer.Option("--run", metavar="RUN", help="This run, not the newest.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for its end.")] = _TIMEOUT_S,
) -> int:
    """Follow the run that is under way till its version is live, or is not.

    Exit codes: 0 live, 3 rejected, 4 awaiting approval, 5 failed.
    """
    session.registry.spec(model)
    with session.waiting(f"Looking for a run of {model}"):
        chosen = named_run(session.registry, model, run) if run else choose_run(session.registry, model)
    outcome = follow(session, chosen, timeout_s=timeout)
    return outcome.ending.exit_code if outcome else 1


def follow(session: Session, run: Run, *, timeout_s: float = _TIMEOUT_S) -> Outcome | None:
    """Show a run until it ends and return how."""
    follower = Follower(Source(session.target, session.registry), timeout_s=timeout_s)
    return show(session, follower.follow(run))
