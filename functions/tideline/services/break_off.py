"""Break off a release that is under way: the champion answers everybody again, after a reload of serving."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.release.deployment import Deployment, Rollout
from tideline.domain.release.move import By, Move
from tideline.domain.release.shifting import broken_off
from tideline.domain.release.version import VersionState
from tideline.domain.value import Value
from tideline.ports import Clock, DeploymentRegistry, EventPublisher
from tideline.services.tell_move import fact_of


class Ending(Value):
    """Why a release is broken off.

    Attributes:
        cause: Makes the same ending, asked for twice, recognisable.
        by: A judgement, a person or an alarm speaks against the version; a failure does not.
        to: What the version is afterwards.
        entered_by: Who stands in the ledger where nobody asked and it is not plain from `by`.
    """

    cause: str
    by: By
    reasons: tuple[str, ...]
    to: VersionState = VersionState.ROLLED_BACK
    requested_by: str = ""
    entered_by: str = ""


def judged(release_id: str, reasons: tuple[str, ...]) -> Ending:
    """The judge found that the version is worse."""
    return Ending(cause=f"{release_id}#judged", by="judge", reasons=reasons)


def abandoned(release_id: str, reason: str = "its workflow ended, and nobody concluded it") -> Ending:
    """The workflow is over before its time: that says nothing of the version, which may be released again."""
    return Ending(cause=f"{release_id}#failed", by="failure", reasons=(reason,), to=VersionState.CANDIDATE)


@dataclass(frozen=True)
class BreakOff:
    """Idempotency key: the ending's cause; what it moved before is told again."""

    deployments: DeploymentRegistry
    publisher: EventPublisher
    clock: Clock

    def __call__(self, model: str, release_id: str, ending: Ending) -> Move | None:
        """Break off this release and say so; None where it is not under way.

        Raises:
            RegistryConflict: another writer was first; try again.
        """
        # In this order: what another delivery does in between is found, or conflicts.
        current = self.deployments.load(model)
        move = self.deployments.moved(model, ending.cause) or self._break_off(current, release_id, ending)
        if move is not None:
            self.publisher.publish(fact_of(move))
        return move

    def _break_off(self, current: Deployment | None, release_id: str, ending: Ending) -> Move | None:
        rollout = current.rollout if current else None
        if current is None or rollout is None or rollout.release_id != release_id:
            return None
        after = broken_off(current, at=self.clock())
        move = _move(after, rollout, ending)
        self.deployments.replace(
            after,
            states={rollout.version: (VersionState.RELEASING, ending.to)},
            requested_by=ending.requested_by or ending.entered_by,
            move=move,
        )
        return move


def _move(after: Deployment, rollout: Rollout, ending: Ending) -> Move:
    return Move(
        model=after.model,
        cause=ending.cause,
        kind="break_off",
        version=rollout.version,
        champion=after.champion.version,
        generation=after.generation,
        at=after.since,
        release_id=rollout.release_id,
        strategy=rollout.strategy,
        step=rollout.step,
        steps=rollout.steps,
        by=ending.by,
        reasons=ending.reasons,
        requested_by=ending.requested_by,
    )
