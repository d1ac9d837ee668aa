"""A comparison of rates as a check's result: each side's estimate with its interval."""

from __future__ import annotations

from typing import Literal

from tideline.domain.release.judgement import CheckResult
from tideline.domain.release.judging.mixture import Level
from tideline.domain.release.judging.rates import Tally, rate_bounds

CheckVerdict = Literal["worse", "not_worse", "undecided"]


def verdict_of(*, worse: bool, passes: bool) -> CheckVerdict:
    """Return what is certain."""
    return "worse" if worse else "not_worse" if passes else "undecided"


def rate_check(
    name: Literal["failures", "answers", "quality"],
    verdict: CheckVerdict,
    *,
    champion: Tally,
    challenger: Tally,
    level: Level,
    bound: float,
    text: str,
    unit: float = 1.0,
) -> CheckResult:
    """Return the result of comparing one thing that was counted on both sides.

    Args:
        name: Of the check.
        verdict: What came of it.
        champion: Counts.
        challenger: Counts.
        level: Of each side's interval.
        bound: What is allowed, in the result's unit.
        text: The comparison in a sentence.
        unit: What a rate of 1 stands for.
    """
    found: dict[str, float | None] = {}
    for side, tally in (("champion", champion), ("challenger", challenger)):
        (low,), (high,) = rate_bounds(tally, level)
        found[side] = float(tally.rates[0]) * unit if tally.trials[0] else None
        found[f"{side}_low"], found[f"{side}_high"] = float(low) * unit, float(high) * unit
    return CheckResult(name=name, verdict=verdict, bound=bound, text=text, **found)
