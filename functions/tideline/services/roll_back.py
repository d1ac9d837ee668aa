"""Roll back: break off the release under way, or put the champion before back in its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tideline.domain.release.deployment import DeployedVersion, Deployment
from tideline.domain.release.move import Move, step_cause
from tideline.domain.release.rollback_wish import RollbackWish
from tideline.domain.release.shifting import gone_back
from tideline.domain.release.version import TRANSITIONS, StateChange, VersionState
from tideline.errors import ArtifactInvalid, ObjectMissing, ReleaseRefused, TidelineError
from tideline.events.facts import RunFailed
from tideline.ports import Clock, DeploymentRegistry, EventPublisher, ObjectStore, VersionRegistry
from tideline.services.break_off import BreakOff, Ending
from tideline.services.deployed_entry import deployed_entry
from tideline.services.tell_move import fact_of

# An alarm tells of all models together. A version that went live longer ago than this is not what has
# changed: the alarms look at five minutes, of which several may pass before callers reach what is broken.
RECENT = timedelta(minutes=30)
# EventBridge tells times in whole seconds, and clocks of several machines differ by less than this.
_CLOCKS_DIFFER = timedelta(seconds=2)


@dataclass(frozen=True)
class RollBack:
    """Idempotency key: the event's id, which is remembered with the move that it made.

    A wish that comes late takes back nothing that began after it was made, unless it names the version.
    """

    lake: ObjectStore
    versions: VersionRegistry
    deployments: DeploymentRegistry
    publisher: EventPublisher
    clock: Clock

    def __call__(self, wish: RollbackWish) -> Move | None:
        """Go back and say so, or say why not; None where nothing was done.

        Raises:
            RegistryConflict: another writer was first; try again.
        """
        # In this order: what another delivery does in between is found, or conflicts.
        current = self.deployments.load(wish.model)
        move = self.deployments.moved(wish.model, wish.event_id)
        if move is not None:
            self.publisher.publish(fact_of(move))
            return move
        try:
            return self._go_back(wish, current)
        except (ReleaseRefused, ArtifactInvalid, ObjectMissing) as refusal:
            # Most models are not what an alarm is about; what keeps one with a broken version is told.
            if wish.by == "request" or not isinstance(refusal, ReleaseRefused):
                self._tell(wish, refusal)
            return None

    def _go_back(self, wish: RollbackWish, current: Deployment | None) -> Move | None:
        if current is None:
            raise ReleaseRefused(f"nothing is live of {wish.model}: there is nothing to go back from")
        self._require_meant(wish, current)
        rollout = current.rollout
        if rollout is not None and wish.version in {None, rollout.version}:
            return self._break_off(wish, rollout.release_id)
        move = self._return(wish, current)
        self.publisher.publish(fact_of(move))
        return move

    def _require_meant(self, wish: RollbackWish, current: Deployment) -> None:
        """Refuse what cannot be about the deployment as it is."""
        rollout, champion = current.rollout, current.champion.version
        meant = {champion, rollout.version} if rollout else {champion}
        if wish.version is not None and wish.version not in meant:
            raise ReleaseRefused(f"version {wish.version} is neither live nor being released: nothing to do")
        last = self.deployments.last_move(wish.model)
        if wish.version is None and wish.sent_at + _CLOCKS_DIFFER < self._began(current, last):
            raise ReleaseRefused(
                f"callers have been shown other versions since this was asked, and version {champion} is live"
                f" now: if it is still wanted, ask again with `tideline rollback {wish.model}`"
            )
        if wish.by == "alarm" and rollout is None and not _is_recent(last, at=wish.sent_at):
            raise ReleaseRefused(f"version {champion} has been live too long to be what has changed")

    def _began(self, current: Deployment, last: Move | None) -> datetime:
        """Return since when what is to be taken back is shown to callers."""
        if last is None or last.kind in {"break_off", "return"}:
            return current.since
        first = self.deployments.moved(current.model, step_cause(last.release_id, 1))
        return (first or last).at

    def _break_off(self, wish: RollbackWish, release_id: str) -> Move | None:
        ending = Ending(
            cause=wish.event_id, by=wish.by, reasons=_reasons(wish), requested_by=wish.requested_by
        )
        break_off = BreakOff(deployments=self.deployments, publisher=self.publisher, clock=self.clock)
        return break_off(wish.model, release_id, ending)

    def _return(self, wish: RollbackWish, current: Deployment) -> Move:
        entry, state = self._earlier(current)
        after = gone_back(current, entry, at=self.clock())
        gone = current.champion.version
        states: dict[int, StateChange] = {
            gone: (VersionState.LIVE, VersionState.ROLLED_BACK),
            entry.version: (state, VersionState.LIVE),
        }
        if current.rollout is not None and current.rollout.version != entry.version:
            states[current.rollout.version] = (VersionState.RELEASING, VersionState.CANDIDATE)
        move = Move(
            model=wish.model,
            cause=wish.event_id,
            kind="return",
            version=gone,
            champion=entry.version,
            generation=after.generation,
            at=after.since,
            by=wish.by,
            reasons=_reasons(wish),
            requested_by=wish.requested_by,
        )
        self.deployments.replace(after, states=states, requested_by=wish.requested_by, move=move)
        return move

    def _earlier(self, current: Deployment) -> tuple[DeployedVersion, VersionState]:
        """Return the most recent champion that may be live again, and its state."""
        for number in current.before:
            version = self.versions.load(current.model, number)
            if VersionState.LIVE in TRANSITIONS[version.state]:
                return deployed_entry(self.lake, version), version.state
        raise ReleaseRefused(
            f"there is no champion before version {current.champion.version} to go back to: release another"
            f" version with `tideline release {current.model} VERSION`"
        )

    def _tell(self, wish: RollbackWish, refusal: TidelineError) -> None:
        self.publisher.publish(
            RunFailed(
                model=wish.model,
                occurred_at=self.clock(),
                run_id=f"rollback of {wish.model}",
                stage="rollback",
                error=type(refusal).__name__,
                cause=refusal.message,
            )
        )


def _is_recent(last: Move | None, *, at: datetime) -> bool:
    return last is not None and last.kind == "promotion" and at - last.at <= RECENT


def _reasons(wish: RollbackWish) -> tuple[str, ...]:
    return (wish.reason,) if wish.reason else ()
