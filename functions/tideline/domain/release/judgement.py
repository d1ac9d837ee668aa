"""What the judge says of one step of a release: plain values, for the workflow, the events and people."""

from __future__ import annotations

from typing import Literal

from tideline.domain.release.release_order import ReleaseOrder
from tideline.domain.value import Value

# "over": the release that was asked about is not the one under way, or no longer at that step.
JudgedOutcome = Literal["go_on", "hold", "roll_back", "over"]


class CheckResult(Value):
    """One comparison of the two sides, as `tideline watch` shows it.

    An interval holds at every look at once, so that the newest may be read whenever one likes. Numbers are
    None where there is nothing yet to compute them from.

    Attributes:
        name: What was compared: failures, latency, answers or quality.
        champion: The champion's estimate, with its interval below.
        challenger: The challenger's.
        bound: What the guardrail allows, in the check's own terms.
        text: The comparison in a sentence.
    """

    name: str
    verdict: Literal["worse", "not_worse", "undecided"]
    champion: float | None = None
    champion_low: float | None = None
    champion_high: float | None = None
    challenger: float | None = None
    challenger_low: float | None = None
    challenger_high: float | None = None
    bound: float
    text: str


class Judgement(Value):
    """The judge's answer about one step.

    Attributes:
        reasons: Sentences for a person: why, with numbers, and what can be done about it.
        champion_calls: Calls of the champion behind the judgement, counted since the step began.
        challenger_calls: Calls of the version under release.
        wait_s: Seconds until another look is worth it; of use where the outcome is hold.
        checks: Each comparison that was made.
    """

    outcome: JudgedOutcome
    reasons: tuple[str, ...] = ()
    champion_calls: int = 0
    challenger_calls: int = 0
    wait_s: int = 0
    checks: tuple[CheckResult, ...] = ()


class JudgementTask(Value):
    """Which step of which release to judge."""

    order: ReleaseOrder
    step: int
