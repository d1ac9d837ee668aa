"""Who answers for a model, what is being released, and what a rollback would put back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cli.follow.steps import strategy_name
from cli.words import ago
from tideline.domain.release.deployment import Deployment


def answering(deployment: Deployment) -> str:
    """Return who answers whom: ``version 2: 95 %, version 3: 5 %``; a shadow stands with what it does."""
    parts = []
    for entry in deployment.versions:
        share = "nobody, compared only" if entry.role == "shadow" else f"{entry.weight} %"
        parts.append(f"version {entry.version}: {share}")
    return ", ".join(parts)


def under_release(deployment: Deployment, *, now: datetime | None = None) -> str | None:
    """Return where the release under way is, None where there is none."""
    rollout = deployment.rollout
    if rollout is None:
        return None
    return (
        f"version {rollout.version}: {strategy_name(rollout.strategy)}, step {rollout.step} of"
        f" {rollout.steps} since {ago(rollout.since, now=now)} ({rollout.release_id})"
    )


def short_release(deployment: Deployment | None) -> str:
    """Return the release under way in a cell of a table: ``version 3: canary 5 %``."""
    rollout = deployment.rollout if deployment else None
    if deployment is None or rollout is None:
        return ""
    weight = next((e.weight for e in deployment.others if e.version == rollout.version), 0)
    share = "" if rollout.strategy == "shadow" else f" {weight} %"
    return f"version {rollout.version}: {strategy_name(rollout.strategy)}{share}"


def restored_by_rollback(deployment: Deployment) -> int | None:
    """Return the version that answers everybody after a rollback; None where there is none to go back to."""
    if deployment.rollout is not None:
        return deployment.champion.version
    return deployment.before[0] if deployment.before else None


def told_rollback(deployment: Deployment) -> str | None:
    """Return what `tideline rollback` would do, None where it has nothing to go back to."""
    restored, rollout = restored_by_rollback(deployment), deployment.rollout
    if rollout is not None:
        return f"stops the release of version {rollout.version}: version {restored} answers everybody"
    if restored is None:
        return None
    return f"puts version {restored} back in the place of version {deployment.champion.version}"


def standing_json(deployment: Deployment | None) -> dict[str, Any]:
    """Return who answers, what is being released and what a rollback restores, as JSON."""
    if deployment is None:
        return {"answering": [], "rollout": None, "rollback_restores": None}
    return {
        "answering": [
            {"version": entry.version, "role": entry.role, "weight": entry.weight}
            for entry in deployment.versions
        ],
        "rollout": deployment.rollout.model_dump(mode="json") if deployment.rollout else None,
        "rollback_restores": restored_by_rollback(deployment),
    }
