"""What the gate asks of a candidate as a whole: each question a value with its numbers, answer and words.

The report stores the values; the event, the command line and the model card say them through `text`. A check
passes or fails only where the whole interval lies on one side of the bar. Each bound is one-sided at
alpha = (1 - confidence) / 2, so that a model that does not meet the bar passes at most at that rate.
"""

from __future__ import annotations

from typing import Literal

from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.verdict.check_words import Outcome, change, number, value
from tideline.domain.value import Value

# The margin is inclusive, and 0.8 - 0.805 is not quite -0.005 in binary fractions.
_ROUNDING = 1e-12
Hypothesis = Literal["non_inferiority", "superiority"]


class RowsCheck(Value):
    """Are there enough holdout rows for the intervals to keep what they promise?

    Attributes:
        rarer: Rows of the rarer class of a binary task; None for others, whose metrics average over rows.
        least: Fewest rows that are enough.
        least_rarer: Fewest rows of the rarer class.
    """

    code: Literal["rows"] = "rows"
    rows: int
    rarer: int | None
    least: int
    least_rarer: int

    @property
    def outcome(self) -> Outcome:
        """Too few rows say nothing, neither for nor against."""
        enough = self.rows >= self.least and (self.rarer is None or self.rarer >= self.least_rarer)
        return "passed" if enough else "inconclusive"

    @property
    def text(self) -> str:
        """Say it to a person."""
        found, needed = f"{self.rows:,} holdout rows", f"at least {self.least}"
        if self.rarer is not None:
            found += f", {self.rarer:,} of the rarer class"
            needed += f", and {self.least_rarer} of the rarer class,"
        return f"{found}: enough to judge" if self.outcome == "passed" else f"{found}: {needed} are needed"


class FloorCheck(Value):
    """Is it better than the best constant answer, beyond chance? `gain` is the paired difference."""

    code: Literal["floor"] = "floor"
    metric: str
    candidate: float
    floor: float
    gain: Interval

    @property
    def outcome(self) -> Outcome:
        """Passed where the whole interval of the gain lies above 0, failed where none of it does."""
        if self.gain.low > 0:
            return "passed"
        return "failed" if self.gain.high <= 0 else "inconclusive"

    @property
    def text(self) -> str:
        """Say it to a person."""
        verbs = {
            "passed": "beats",
            "failed": "does not beat",
            "inconclusive": "may not beat",
        }
        return (
            f"{self.metric} {number(self.candidate)} {verbs[self.outcome]} the {number(self.floor)} of a"
            f" constant answer (gain {change(self.gain)})"
        )


class MinimumCheck(Value):
    """Does it reach the spec's `minimum`, inclusive?"""

    code: Literal["minimum"] = "minimum"
    metric: str
    candidate: Interval
    minimum: float

    @property
    def outcome(self) -> Outcome:
        """Passed where the whole interval is the minimum or more, failed where it is all below."""
        if self.candidate.low >= self.minimum:
            return "passed"
        return "failed" if self.candidate.high < self.minimum else "inconclusive"

    @property
    def text(self) -> str:
        """Say it to a person."""
        verbs = {"passed": "reaches", "failed": "is below", "inconclusive": "may be below"}
        verb, least = verbs[self.outcome], number(self.minimum)
        return f"{self.metric} {value(self.candidate)} {verb} the minimum of {least}"


class ChampionCheck(Value):
    """Is it no worse than the champion by more than the spec's `margin`, or better than it?

    Attributes:
        difference: Candidate minus champion, paired.
        margin: Inclusive; superiority does not ask for it.
    """

    code: Literal["champion"] = "champion"
    metric: str
    version: int
    candidate: float
    champion: float
    difference: Interval
    hypothesis: Hypothesis
    margin: float

    @property
    def outcome(self) -> Outcome:
        """Compare the interval with -margin (non-inferiority) or with 0 (superiority)."""
        if self.hypothesis == "superiority":
            if self.difference.low > 0:
                return "passed"
            return "failed" if self.difference.high <= 0 else "inconclusive"
        bar = -self.margin - _ROUNDING
        if self.difference.low >= bar:
            return "passed"
        return "failed" if self.difference.high < bar else "inconclusive"

    @property
    def text(self) -> str:
        """Say it to a person."""
        return (
            f"{self.metric} {number(self.candidate)} against {number(self.champion)} of version"
            f" {self.version} on the same rows: {self._finding} (difference {change(self.difference)})"
        )

    @property
    def _finding(self) -> str:
        if self.hypothesis == "superiority":
            words = {
                "passed": "better",
                "failed": "not better",
                "inconclusive": "perhaps not better",
            }
            return words[self.outcome]
        verbs = {"passed": "no worse", "failed": "worse", "inconclusive": "possibly worse"}
        return f"{verbs[self.outcome]} by more than the margin of {number(self.margin)}"


class NoChampion(Value):
    """There is nothing to compare with; `version` and `cause` name a champion that is not comparable."""

    code: Literal["no_champion"] = "no_champion"
    version: int | None = None
    cause: str | None = None

    @property
    def outcome(self) -> Outcome:
        """Nothing stands against the candidate here."""
        return "passed"

    @property
    def text(self) -> str:
        """Say it to a person."""
        if self.version is None:
            return "no version is live yet to compare with"
        return f"not compared with version {self.version}, which is live: {self.cause}"
