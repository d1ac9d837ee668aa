"""`tideline watch`: follow a run or a release until it ends."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.errors import UsageFault
from cli.follow.choice import choose, named_release, named_run
from cli.follow.display import show
from cli.follow.follower import Follower
from cli.follow.outcome import Outcome
from cli.follow.release_follower import ReleaseFollower
from cli.follow.source import Release, Source
from cli.session import Session
from tideline.domain.training.run import Run

EXAMPLES = (
    "tideline watch churn",
    "tideline watch churn --run churn-d3-s1",
    "tideline watch churn --release churn-v3-0a1b2c3d4e5f",
    "tideline watch churn --json",
)
# As long as a training may run; a release may bake for days.
_TIMEOUT_S = 12 * 3600.0
RELEASE_TIMEOUT_S = 31 * 86400.0


def watch(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    run: Annotated[str | None, typer.Option("--run", metavar="RUN", help="This run, not the newest.")] = None,
    release: Annotated[
        str | None, typer.Option("--release", metavar="RELEASE", help="This release, not the newest.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(help="Seconds to wait for its end.  [default: as long as it may take]", min=0),
    ] = None,
) -> int:
    """Follow what is under way till its version is live, or is not: a run, or a release by itself.

    Of a release it shows each step: who answers whom, the calls seen of both sides, and what the judge says.

    Exit codes: 0 live, or a newer version is, 3 rejected or rolled back, 4 awaiting approval, 5 failed.
    """
    session.registry.spec(model)
    if run and release:
        raise UsageFault("--run or --release, not both")
    with session.waiting(f"Looking for what is under way with {model}"):
        chosen = _chosen(session, model, run=run, release=release)
    outcome = follow(session, chosen, timeout_s=timeout)
    return outcome.ending.exit_code if outcome else 1


def follow(session: Session, chosen: Run | Release, *, timeout_s: float | None = None) -> Outcome | None:
    """Show a run or a release until it ends and return how."""
    source = Source(session.target, session.registry)
    if isinstance(chosen, Release):
        releases = ReleaseFollower(source, timeout_s=timeout_s or RELEASE_TIMEOUT_S)
        return show(session, releases.follow(chosen))
    return show(session, Follower(source, timeout_s=timeout_s or _TIMEOUT_S).follow(chosen))


def _chosen(session: Session, model: str, *, run: str | None, release: str | None) -> Run | Release:
    source = Source(session.target, session.registry)
    if run:
        return named_run(session.registry, model, run)
    return named_release(source, model, release) if release else choose(source, model)
