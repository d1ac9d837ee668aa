"""The gate: which candidates may go live. A verdict carries every check that led to it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tideline.domain.evaluation.verdict.check_words import Outcome, shortened
from tideline.domain.evaluation.verdict.checks import (
    ChampionCheck,
    FloorCheck,
    MinimumCheck,
    NoChampion,
    RowsCheck,
)
from tideline.domain.evaluation.verdict.group_checks import FairnessCheck, SliceCheck
from tideline.domain.value import Value

Check = Annotated[
    RowsCheck | FloorCheck | MinimumCheck | ChampionCheck | NoChampion | SliceCheck | FairnessCheck,
    Field(discriminator="code"),
]
# Of some 200 characters each; a fairness check an attribute is what could be many.
MAX_REASONS = 12


class Decision(StrEnum):
    """What becomes of a candidate; only the first may go live."""

    PROMOTE = "PROMOTE"
    REJECT = "REJECT"
    INCONCLUSIVE = "INCONCLUSIVE"


# The outcome of the checks that led to a decision.
_OUTCOMES: dict[Decision, Outcome] = {
    Decision.PROMOTE: "passed",
    Decision.REJECT: "failed",
    Decision.INCONCLUSIVE: "inconclusive",
}


class Verdict(Value):
    """A decision, and every check behind it in the order in which they were asked."""

    decision: Decision
    checks: tuple[Check, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """What decided, in words: of a rejection the checks that failed, of none the open ones, else all.

        Bounded in number and length, so that the report, the event, the command line and the card can all
        carry the same ones.
        """
        decisive = _OUTCOMES[self.decision]
        told = [shortened(check.text) for check in self.checks if check.outcome == decisive]
        more = len(told) - MAX_REASONS
        return (*told[:MAX_REASONS], f"and {more} more, in the report") if more > 0 else tuple(told)


def judge(checks: Sequence[Check]) -> Verdict:
    """Reject what fails a check, promote what passes every one; anything else is inconclusive."""
    outcomes = {check.outcome for check in checks}
    if "failed" in outcomes:
        decision = Decision.REJECT
    else:
        decision = Decision.INCONCLUSIVE if "inconclusive" in outcomes else Decision.PROMOTE
    return Verdict(decision=decision, checks=tuple(checks))
