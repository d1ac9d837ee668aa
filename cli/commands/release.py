"""`tideline release`: ask, as who you are, for a version to go live.

It goes through the API, which proves who asks, and not through the bus, which believes what an event says.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.acting import As, acting
from cli.api import ask
from cli.commands.watch import follow
from cli.evidence import version_record
from cli.follow.source import Release
from cli.releasing.strategy import (
    Ab,
    AllAtOnce,
    Canary,
    Every,
    Shadow,
    Within,
    chosen_strategy,
    parsed_strategy,
    told_strategy,
)
from cli.session import Session
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.release.deployment import Rollout

EXAMPLES = (
    "tideline release churn 3",
    "tideline release churn 3 --canary 5,25,100 --every 10m --watch",
    "tideline release churn 3 --shadow 1h",
    "tideline release churn 3 --ab 50 --every 1h --within 7d",
    "tideline release churn 2 --all-at-once --reason 'version 3 is too slow'",
)
Model = Annotated[str, typer.Argument(metavar="MODEL")]
Version = Annotated[int, typer.Argument(metavar="VERSION", min=1)]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]
Watch = Annotated[bool, typer.Option("--watch", help="Follow it at once; exit codes as of `tideline watch`.")]


def release(
    session: Session,
    model: Model,
    version: Version,
    *,
    canary: Canary = None,
    shadow: Shadow = None,
    ab: Ab = None,
    all_at_once: AllAtOnce = False,
    every: Every = None,
    within: Within = None,
    reason: Reason = "",
    watch: Watch = False,
    as_user: As = None,
) -> int:
    """Ask for a version to go live: a candidate, an older one again, or one whose release came to nothing.

    Without an option that names another way it goes live as `release.strategy` in the spec says.
    """
    strategy = chosen_strategy(
        all_at_once=all_at_once, canary=canary, shadow=shadow, ab=ab, every=every, within=within
    )
    session = acting(session, as_user)
    spec = session.registry.spec(model)
    version_record(session, model, version)
    before = _under_way(session, model)
    asked = _ask(session, model, {"version": version, "reason": reason}, strategy)
    _tell(session, spec, asked, before, strategy=strategy, watched=watch)
    if not watch:
        return 0
    outcome = follow(session, Release(asked["release_id"], model, version))
    return outcome.ending.exit_code if outcome else 1


def _ask(session: Session, model: str, body: dict[str, Any], strategy: object) -> dict[str, Any]:
    body |= {} if strategy is None else {"strategy": strategy}
    return ask(session.target, f"/models/{model}/release", body) | {"version": body["version"]}


def _under_way(session: Session, model: str) -> Rollout | None:
    deployment = session.registry.deployments.load(model)
    return deployment.rollout if deployment else None


def _tell(
    session: Session,
    spec: ModelSpec,
    asked: dict[str, Any],
    before: Rollout | None,
    *,
    strategy: object,
    watched: bool,
) -> None:
    model, version, name = spec.model, asked["version"], asked["release_id"]
    needs_approval = spec.release.approval == "required"
    waits_for = before.release_id if before else None
    if session.json:
        told = {"model": model, "event_id": asked["event_id"], "release_id": name}
        more = {"strategy": strategy, "approval": needs_approval, "under_way": waits_for}
        (session.emit_line if watched else session.emit)(told | more)
        return
    how = told_strategy(spec.release.strategy if strategy is None else parsed_strategy(strategy))
    session.say(f"Asked for: release {name} ({how})", style="green")
    if before is not None:
        session.say(_conflict(spec, before, version=version), style="yellow")
    if needs_approval:
        session.say(f"Somebody else has to approve it: tideline approve {model} {version}")
    if not watched:
        session.say(f"Follow it: tideline watch {model} --release {name}")


def _conflict(spec: ModelSpec, before: Rollout, *, version: int) -> str:
    """Return what comes of a release that was asked for while another one is under way."""
    other = f"Version {before.version} is being released, step {before.step} of {before.steps}"
    if spec.release.newer == "supersede" and version > before.version:
        return f"{other}: this one is newer and takes its place (release.newer: supersede)"
    return f"{other}: this one begins when that has ended; `tideline rollback {spec.model}` ends it now"
