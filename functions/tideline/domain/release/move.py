"""A move: one change of who answers, remembered with the deployment under what caused it.

Whoever makes a change and dies before telling of it finds it here and tells; whoever is asked a second time
finds that it was done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from tideline.domain.release.deployment import Strategy
from tideline.domain.value import Value

# A note is read in a table, and events about it hold the whole.
_LONGEST_NOTE = 500

By = Literal["judge", "request", "alarm", "failure"]


class Move(Value):
    """What was changed.

    Attributes:
        cause: Its name in time: a step of a release, or an event's id. A cause moves a deployment once.
        kind: A step of a release, the end of one with the version live, its end without, or from a live
            version back to the one before.
        version: What was shown to callers, is live, or is neither any more.
        champion: Who answers by default after it.
        generation: The deployment's after it.
        weight: Percent of callers that `version` answers after it.
        wait_s: Seconds until the step is judged for the first time.
        replaces: Whom a version that went live replaced.
        by: What decided to go back.
    """

    model: str
    cause: str
    kind: Literal["step", "promotion", "break_off", "return"]
    version: int
    champion: int
    generation: int
    at: datetime
    release_id: str = ""
    strategy: Strategy = "all-at-once"
    step: int = 0
    steps: int = 0
    weight: int = 0
    wait_s: int = 0
    replaces: int | None = None
    run_id: str | None = None
    by: By | None = None
    reasons: tuple[str, ...] = ()
    requested_by: str = ""


def note_of(move: Move) -> str:
    """Return why a version was rolled back, in a line to stand beside its state."""
    who = f"{move.by} ({move.requested_by})" if move.requested_by else str(move.by)
    return f"rolled back by {who}{''.join(f': {reason}' for reason in move.reasons[:1])}"[:_LONGEST_NOTE]


def step_cause(release_id: str, step: int) -> str:
    """Return the cause that a step of a release is."""
    return f"{release_id}#{step}"
