"""From a move of a deployment to the event that tells the world of it: the same one, however often."""

from __future__ import annotations

from tideline.domain.release.move import Move
from tideline.events.base import Fact
from tideline.events.facts import ModelDeployed, ModelRolledBack, TrafficShifted


def fact_of(move: Move) -> Fact:
    """Return what a move is to the world."""
    if move.kind == "step":
        return _shifted(move)
    if move.kind == "promotion":
        return ModelDeployed(
            model=move.model,
            occurred_at=move.at,
            version=move.version,
            generation=move.generation,
            strategy=move.strategy,
            replaces=move.replaces,
            run_id=move.run_id,
        )
    return ModelRolledBack(
        model=move.model,
        occurred_at=move.at,
        version=move.version,
        restored=move.champion,
        generation=move.generation,
        by=move.by or "failure",
        reasons=move.reasons,
        requested_by=move.requested_by,
        release_id=move.release_id or None,
    )


def _shifted(move: Move) -> TrafficShifted:
    return TrafficShifted(
        model=move.model,
        occurred_at=move.at,
        version=move.version,
        champion=move.champion,
        release_id=move.release_id,
        strategy=move.strategy,
        step=move.step,
        steps=move.steps,
        weight=move.weight,
        generation=move.generation,
    )
