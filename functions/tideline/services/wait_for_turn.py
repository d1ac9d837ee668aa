"""Let a release wait for the one that is under way: the newest wish waits, and whom it displaces is told."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.release.release_wish import ReleaseWish
from tideline.events.facts import RunFailed
from tideline.ports import Clock, EventPublisher, ReleaseQueue


@dataclass(frozen=True)
class WaitForTurn:
    """Idempotency key: the wish's event id."""

    queue: ReleaseQueue
    publisher: EventPublisher
    clock: Clock

    def __call__(self, wish: ReleaseWish) -> None:
        """Remember the wish, unless it is a registration and a newer version waits."""
        waiting = self.queue.remembered(wish.model)
        if waiting is None or waiting.event_id == wish.event_id:
            self.queue.remember(wish)
            return
        if wish.automatic and waiting.version > wish.version:
            return
        self.queue.remember(wish)
        if not waiting.automatic:
            # Nobody waits for an answer about a registration; whoever asked does.
            self._tell(waiting, by=wish)

    def _tell(self, displaced: ReleaseWish, *, by: ReleaseWish) -> None:
        model, version = displaced.model, displaced.version
        self.publisher.publish(
            RunFailed(
                model=model,
                occurred_at=self.clock(),
                run_id=f"release of {model} version {version}",
                stage="start",
                error="ReleaseRefused",
                cause=(
                    f"while it waited for another release to end, version {by.version} took its place: if it"
                    f" is still wanted, ask again with `tideline release {model} {version}`"
                ),
            )
        )
