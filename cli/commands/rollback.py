"""`tideline rollback`: go back at once, and see that it has happened.

As a release it goes through the API, which proves who asks.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from cli.acting import As, acting
from cli.api import ask
from cli.errors import CliError
from cli.follow.outcome import Ending
from cli.patience import Patience
from cli.registry import Registry
from cli.releasing.standing import answering
from cli.session import Session
from tideline.domain.release.deployment import Deployment
from tideline.serving.deployment_cache import TIME_TO_LIVE_S

EXAMPLES = (
    "tideline rollback churn",
    "tideline rollback churn 3 --reason 'answers nonsense for new customers'",
)
# The record changes within a second or two; a busy queue may take longer.
_PATIENCE_S = 60.0
_POLL_S = 0.3


def rollback(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    version: Annotated[
        int | None,
        typer.Argument(metavar="VERSION", min=1, help="Only if this is the one being released or live."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    timeout: Annotated[float, typer.Option(help="Seconds to wait until it has happened.")] = _PATIENCE_S,
    as_user: As = None,
) -> int:
    """Go back at once: stop the release under way, or else put the version before back in its place.

    Exit codes: 0 it is back, 1 refused or nothing to go back to, 5 not seen to have happened in time.
    """
    session = acting(session, as_user)
    session.registry.spec(model)
    before = _deployed(session, model)
    leaving = _leaving(before, version)
    began = time.monotonic()
    # What was seen is what is rolled back: should it have changed since, the request does nothing.
    asked = ask(session.target, f"/models/{model}/rollback", {"version": leaving, "reason": reason})
    with session.waiting(f"Rolling back version {leaving} of {model}"):
        after = wait_until_gone(
            session.registry, before, version=leaving, patience=Patience(timeout_s=timeout)
        )
    _tell(session, after, leaving=leaving, asked=asked, took_s=time.monotonic() - began)
    return 0


def wait_until_gone(
    registry: Registry, before: Deployment, *, version: int, patience: Patience
) -> Deployment:
    """Return the first later deployment in which a version answers nobody.

    Raises:
        CliError: there is none in time.
    """
    deadline = patience.clock() + patience.timeout_s
    while True:
        found = registry.deployments.load(before.model)
        if found is not None and found.generation > before.generation and not _serves(found, version):
            return found
        if patience.clock() >= deadline:
            raise CliError(
                f"version {version} is still in the deployment after {patience.timeout_s:.0f} seconds; the"
                f" request may still be on its way: `tideline status {before.model}` shows it,"
                " `tideline doctor` what may be stuck",
                exit_code=Ending.FAILED.exit_code,
            )
        patience.sleep(_POLL_S)


def _deployed(session: Session, model: str) -> Deployment:
    deployment = session.registry.deployments.load(model)
    if deployment is None:
        raise CliError(f"no version of {model} is live yet, so there is nothing to roll back")
    return deployment


def _leaving(deployment: Deployment, wanted: int | None) -> int:
    """Return the version that a rollback takes out of the deployment.

    Raises:
        CliError: there is nothing to go back to, or it is not the one wanted.
    """
    model, rollout, live = deployment.model, deployment.rollout, deployment.champion.version
    leaving = wanted or (rollout.version if rollout else live)
    if leaving not in {live, rollout.version if rollout else live}:
        now = f"version {live} is live" + (f" and version {rollout.version} under release" if rollout else "")
        raise CliError(f"{now}, version {leaving} is not: nothing was asked for")
    if leaving == live and not deployment.before:
        raise CliError(
            f"there is nothing to go back to from version {live} of {model}: no version before it is left;"
            f" `tideline versions {model}` lists what `tideline release` can put live"
        )
    return leaving


def _serves(deployment: Deployment, version: int) -> bool:
    return any(entry.version == version for entry in deployment.versions)


def _tell(session: Session, after: Deployment, *, leaving: int, asked: dict[str, Any], took_s: float) -> None:
    if session.json:
        session.emit(
            {
                "model": after.model,
                "event_id": asked.get("event_id"),
                "rolled_back": leaving,
                "answers": after.champion.version,
                "generation": after.generation,
                "seconds": round(took_s, 1),
            }
        )
        return
    session.say(f"Version {leaving} is rolled back, {took_s:.1f} s after the request", style="green")
    session.say(f"Who answers now: {answering(after)}; every caller within {TIME_TO_LIVE_S:g} seconds")
