"""Is the challenger right less often, where it is known by now what was right?

A loss from 0 to 1 for each call whose outcome is known: for classes whether another class was named; for a
regression the absolute error, cut off at a bound and divided by it, so that no single outlier decides. The
bound is as wide as the middle half of the champion's first answers in the step, which are not judged by it:
it is fixed by answers alone, for outcomes come in any order. The mean loss is then a rate (`rates`).

`evaluation.margin` is in the unit of the spec's metric, which need not be this loss: for classes it is taken
as a difference of shares of wrong answers; for a regression as an error in the target's unit where the metric
is one (its root where it is squared), else as a share of the bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, Flags
from tideline.domain.evaluation.verdict.check_words import number
from tideline.domain.release.judgement import CheckResult
from tideline.domain.release.judging.evidence import CALIBRATION_CALLS, Calls, Evidence
from tideline.domain.release.judging.mixture import Level
from tideline.domain.release.judging.rate_check import rate_check, verdict_of
from tideline.domain.release.judging.rates import Tally, difference_bounds
from tideline.domain.release.judging.words import percent, points

_MIDDLE_HALF = (0.25, 0.75)
_IN_TARGET_UNIT = frozenset({"neg_root_mean_squared_error", "neg_mean_absolute_error"})
_SQUARED = frozenset({"neg_mean_squared_error"})


@dataclass(frozen=True)
class QualityRule:
    """What the spec asks of quality.

    Attributes:
        margin: How much worse is still acceptable, in the metric's unit.
        superior: Whether to pass it has to be better, not only no worse.
        metric: By scikit-learn's name.
        regression: Whether answers are numbers.
    """

    margin: float
    superior: bool
    metric: str
    regression: bool


def compare_quality(evidence: Evidence, *, level: Level, rule: QualityRule) -> CheckResult:
    """Compare mean losses; "not_worse" is what the spec's hypothesis asks for."""
    champion, challenger, unit = evidence.champion.answered, evidence.challenger.answered, 1.0
    if rule.regression:
        first = champion.at(slice(CALIBRATION_CALLS))
        unit = _bound(first)
        champion = champion.at(slice(CALIBRATION_CALLS, None))
        # A shadow answers the same requests.
        challenger = challenger.without(first.ids)
    champion, challenger = _known(champion, rule), _known(challenger, rule)
    if not len(champion) or not len(challenger) or not unit:
        return _nothing(rule)
    margin = _margin(rule, unit)
    sides = [Tally.of(_losses(calls, rule, unit)[:, None]) for calls in (champion, challenger)]
    (low,), (high,) = difference_bounds(sides[0], sides[1], level)
    return rate_check(
        "quality",
        verdict_of(worse=low > margin, passes=high < 0 if rule.superior else high <= margin),
        champion=sides[0],
        challenger=sides[1],
        level=level,
        bound=margin * unit,
        text=_text(sides, (float(low), float(high)), rule=rule, margin=margin, unit=unit),
        unit=unit,
    )


def _known(calls: Calls, rule: QualityRule) -> Calls:
    """Return the calls whose outcome is of the kind that the task has: no other can be compared."""
    outcomes = calls.outcomes
    known: Flags = np.isfinite(outcomes.numbers) if rule.regression else outcomes.labels.astype(np.bool_)
    return calls.at(known)


def _bound(first: Calls) -> float:
    """Return the spread of answers, 0 where they are too few or all the same."""
    answers = first.scores[np.isfinite(first.scores[:, 0]), 0]
    if len(answers) < CALIBRATION_CALLS:
        return 0.0
    low, high = np.quantile(answers, _MIDDLE_HALF)
    return float(high - low) or float(np.ptp(answers))


def _errors(calls: Calls) -> Doubles:
    errors: Doubles = np.abs(calls.scores[:, 0] - calls.outcomes.numbers)
    # An answer that is no number is as wrong as can be.
    return np.nan_to_num(errors, nan=np.inf, posinf=np.inf)


def _losses(calls: Calls, rule: QualityRule, unit: float) -> Doubles:
    if rule.regression:
        return np.minimum(_errors(calls) / unit, 1.0)
    wrong: Flags = np.not_equal(calls.labels, calls.outcomes.labels)
    return wrong.astype(np.float64)


def _margin(rule: QualityRule, unit: float) -> float:
    """Return the margin as a difference of losses."""
    if rule.regression and rule.metric in _IN_TARGET_UNIT:
        return rule.margin / unit
    if rule.regression and rule.metric in _SQUARED:
        return math.sqrt(rule.margin) / unit
    return rule.margin


def _text(
    sides: list[Tally], bounds: tuple[float, float], *, rule: QualityRule, margin: float, unit: float
) -> str:
    (ours, many), (theirs, more) = ((side.rates[0], f"{side.trials[0]:,.0f}") for side in reversed(sides))
    known = f"where outcomes are known ({many} calls, {more} of the champion's)"
    if rule.regression:
        low, high, allowed = (number(float(value) * unit) for value in (*bounds, margin))
        told = (
            f"its mean error is {number(ours * unit)}, the champion's {number(theirs * unit)}, where larger"
            f" ones count as {number(unit)}: it is larger by {low} to {high}"
        )
    else:
        allowed = f"{margin * 100:g}"
        told = (
            f"{percent(ours)} of its answers are wrong, {percent(theirs)} of the champion's:"
            f" {points(*bounds)} more"
        )
    wanted = "it has to be below 0" if rule.superior else f"allowed are {allowed}"
    return f"{known} {told}, {wanted}"


def _nothing(rule: QualityRule) -> CheckResult:
    return CheckResult(
        name="quality",
        verdict="undecided",
        bound=rule.margin,
        text="quality was not compared: too few outcomes of this step's predictions are known yet",
    )
