"""The gate: which candidates may go live. A verdict carries every check that led to it."""

from __future__ import annotations

from enum import StrEnum

from tideline.domain.evaluation.checks import ChampionCheck, Check, FloorCheck, MinimumCheck, NoChampion
from tideline.domain.value import Value


class Decision(StrEnum):
    """What becomes of a candidate."""

    PROMOTE = "PROMOTE"
    REJECT = "REJECT"
    INCONCLUSIVE = "INCONCLUSIVE"


class Verdict(Value):
    """A decision, and every check behind it in the order in which they were asked."""

    decision: Decision
    checks: tuple[Check, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """What decided, in words: the checks that failed, or all of them where none did."""
        failed = tuple(check.text for check in self.checks if not check.passed)
        return failed or tuple(check.text for check in self.checks)


def judge(
    *, floor: FloorCheck, minimum: MinimumCheck | None, champion: ChampionCheck | NoChampion
) -> Verdict:
    """Promote a candidate that passes every check.

    Args:
        floor: Against the best constant answer.
        minimum: Against the spec's minimum, None where it has none.
        champion: Against the version that is live.
    """
    checks = tuple(check for check in (floor, minimum, champion) if check is not None)
    passed = all(check.passed for check in checks)
    return Verdict(decision=Decision.PROMOTE if passed else Decision.REJECT, checks=checks)
