"""What the gate asks about parts of the holdout: slices that got worse, groups that are treated unlike."""

from __future__ import annotations

from typing import Literal

from tideline.domain.evaluation.groups.fairness import FairnessFinding, FairnessMetric
from tideline.domain.evaluation.groups.slices import SliceFinding, SliceReport
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.verdict.check_words import Outcome, bounds, change, number
from tideline.domain.value import Value

# A reason is read by a person; the report has every slice.
_NAMED = 3
_NAME = 100


class SliceCheck(Value):
    """Is there a slice on which it is significantly worse than the champion, by more than the margin?

    Attributes:
        version: The champion's; None where slices are measured without being tested.
        blocking: The slices that are worse, worst first.
        tested: How many were tested, the family of Holm's correction.
        unjudged: How many are large enough but could not be tested.
        alpha: Of the whole family.
    """

    code: Literal["slices"] = "slices"
    metric: str
    version: int | None
    blocking: tuple[SliceFinding, ...]
    tested: int
    unjudged: int
    too_small: int
    alpha: float

    @classmethod
    def of(cls, report: SliceReport, *, version: int | None) -> SliceCheck:
        """Ask it of measured slices."""
        blocking = [found for found in report.slices if found.blocks]
        tested = sum(found.p_value is not None for found in report.slices)
        return cls(
            metric=report.metric,
            version=version,
            blocking=tuple(sorted(blocking, key=_estimate)),
            tested=tested,
            unjudged=len(report.slices) - tested,
            too_small=report.too_small,
            alpha=report.alpha,
        )

    @property
    def outcome(self) -> Outcome:
        """Failed where a slice blocks; inconclusive where slices are asked for and none could be tested."""
        if self.blocking:
            return "failed"
        return "passed" if self.tested or self.version is None else "inconclusive"

    @property
    def text(self) -> str:
        """Say it to a person."""
        if self.version is None:
            return f"{self.unjudged} slices measured, not tested: there is no version to compare with"
        if self.blocking:
            more = len(self.blocking) - _NAMED
            named = [self._named(found) for found in self.blocking[:_NAMED]]
            named += [f"and {more} more"] if more > 0 else []
            return f"worse than version {self.version} on {'; '.join(named)}"
        left = f"; {self.unjudged} could not be tested, {self.too_small} have too few rows"
        if not self.tested:
            return f"no slice could be tested{left}"
        return (
            f"not significantly worse than version {self.version} on any of {self.tested} slices"
            f" (Holm, {self.alpha * 100:g} %){left}"
        )

    def _named(self, found: SliceFinding) -> str:
        told = "" if found.difference is None else change(found.difference)
        p = "" if found.p_adjusted is None else f", adjusted p {found.p_adjusted:.2g}"
        return f"{found.name[:_NAME]} ({found.rows:,} rows): {self.metric} difference {told}{p}"


class FairnessCheck(Value):
    """Does the judged rate of an attribute's groups differ by no more than `max_gap`, inclusive?

    Attributes:
        unjudged: Why there is no gap to judge; None where there is one.
    """

    code: Literal["fairness"] = "fairness"
    attribute: str
    metric: FairnessMetric
    gap: Interval | None
    highest: str | None
    lowest: str | None
    max_gap: float
    unjudged: str | None

    @classmethod
    def of(cls, finding: FairnessFinding, *, max_gap: float) -> FairnessCheck:
        """Ask it of a measured gap."""
        return cls(
            attribute=finding.attribute,
            metric=finding.metric,
            gap=finding.gap,
            highest=finding.highest,
            lowest=finding.lowest,
            max_gap=max_gap,
            unjudged=finding.unjudged,
        )

    @property
    def outcome(self) -> Outcome:
        """Failed where the whole interval is above `max_gap`, inconclusive where the estimate is."""
        if self.gap is None:
            return "inconclusive"
        if self.gap.low > self.max_gap:
            return "failed"
        return "inconclusive" if self.gap.estimate > self.max_gap else "passed"

    @property
    def text(self) -> str:
        """Say it to a person."""
        what = self.metric.replace("_", " ")
        if self.gap is None:
            return f"the {what} by {self.attribute} could not be judged: {self.unjudged}"
        verbs = {"passed": "within", "failed": "over", "inconclusive": "over, though perhaps by chance,"}
        return (
            f"{what} by {self.attribute}: {_group(self.highest)} and {_group(self.lowest)} differ by"
            f" {number(self.gap.estimate)} ({bounds(self.gap)}), {verbs[self.outcome]} the most allowed,"
            f" {number(self.max_gap)}"
        )


def _group(name: str | None) -> str:
    return name[:_NAME] if name else "missing"


def _estimate(found: SliceFinding) -> float:
    return 0.0 if found.difference is None else found.difference.estimate
