"""What the judge says of one step of a release: plain values, for the workflow, the events and people."""

from __future__ import annotations

from typing import Literal

from tideline.domain.value import Value

# "over": the release that was asked about is not the one under way, or no longer at that step.
JudgedOutcome = Literal["go_on", "hold", "roll_back", "over"]


class Judgement(Value):
    """The judge's answer about one step.

    Attributes:
        reasons: Sentences for a person: why, with numbers, and what can be done about it.
        champion_calls: Calls of the champion behind the judgement, counted since the step began.
        challenger_calls: Calls of the version under release.
        wait_s: Seconds until another look is worth it; of use where the outcome is hold.
    """

    outcome: JudgedOutcome
    reasons: tuple[str, ...] = ()
    champion_calls: int = 0
    challenger_calls: int = 0
    wait_s: int = 0
