"""Answer an event that asks to go back: for one model, or for all that an alarm may be about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tideline.domain.release.move import Move
from tideline.errors import TransientError
from tideline.events.base import Envelope
from tideline.events.facts import RunFailed
from tideline.ports import EventPublisher, SpecRegistry
from tideline.services.read_rollback import read_rollback
from tideline.services.roll_back import RollBack


@dataclass(frozen=True)
class AnswerRollbacks:
    """Idempotency key: (model, the event's id)."""

    specs: SpecRegistry
    roll_back: RollBack
    publisher: EventPublisher

    def __call__(self, envelope: Envelope) -> Sequence[Move]:
        """Return what was taken back.

        Raises:
            TransientError: some model could not be answered for now; the others were. Try again.
        """
        wishes = read_rollback(envelope, models=self.specs.models())
        if isinstance(wishes, RunFailed):
            self.publisher.publish(wishes)
            return ()
        moves: list[Move] = []
        failure: TransientError | None = None
        for wish in wishes:
            try:
                move = self.roll_back(wish)
            except TransientError as error:
                # One model that is being written must not keep the others with what is broken.
                failure = error
            else:
                moves += [move] if move else []
        if failure is not None:
            raise failure
        return moves
