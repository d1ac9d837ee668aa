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
from tideline.domain.release.judging.rates import Tally, difference_bounds, rate_bounds
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
    champion, challenger, scale = evidence.champion.answered, evidence.challenger.answered, 1.0
    if rule.regression:
        first = champion.at(slice(CALIBRATION_CALLS))
        scale = _bound(first)
        champion = champion.at(slice(CALIBRATION_CALLS, None))
        # A shadow answers the same requests.
        challenger = challenger.without(first.ids)
    champion, challenger = _known(champion), _known(challenger)
    margin = _margin(rule, scale)
    if not len(champion) or not len(challenger) or not math.isfinite(margin):
        return _nothing(rule)
    sides = [Tally.of(_losses(calls, rule, scale)[:, None]) for calls in (champion, challenger)]
    (low,), (high,) = difference_bounds(sides[0], sides[1], level)
    passes = high < 0 if rule.superior else high <= margin
    bounds = [rate_bounds(side, level) for side in sides]
    rates = [float(side.rates[0]) for side in sides]
    return CheckResult(
        name="quality",
        verdict="worse" if low > margin else "not_worse" if passes else "undecided",
        champion=rates[0],
        champion_low=float(bounds[0][0][0]),
        champion_high=float(bounds[0][1][0]),
        challenger=rates[1],
        challenger_low=float(bounds[1][0][0]),
        challenger_high=float(bounds[1][1][0]),
        bound=margin,
        text=_text(rates, (float(low), float(high)), counts=(len(champion), len(challenger)), rule=rule)
        + (f" (an error of {number(scale)} or more counts as 100 %)" if rule.regression else ""),
    )


def _known(calls: Calls) -> Calls:
    known: Flags = calls.outcomes.labels.astype(np.bool_) | np.isfinite(calls.outcomes.numbers)
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


def _losses(calls: Calls, rule: QualityRule, scale: float) -> Doubles:
    if rule.regression:
        return np.minimum(_errors(calls) / scale, 1.0)
    wrong: Flags = np.not_equal(calls.labels, calls.outcomes.labels)
    return wrong.astype(np.float64)


def _margin(rule: QualityRule, scale: float) -> float:
    """Return the margin in the unit of the loss; infinite where the bound of the error is not known."""
    if not 0 < scale < math.inf:
        return math.inf
    if rule.regression and rule.metric in _IN_TARGET_UNIT:
        return rule.margin / scale
    if rule.regression and rule.metric in _SQUARED:
        return math.sqrt(rule.margin) / scale
    return rule.margin


def _text(
    rates: list[float], bounds: tuple[float, float], *, counts: tuple[int, int], rule: QualityRule
) -> str:
    measure = "its mean error is" if rule.regression else "it named another class than came true in"
    wanted = "it has to be below 0" if rule.superior else f"allowed are {rule.margin:g} ({rule.metric})"
    return (
        f"where outcomes are known, {measure} {percent(rates[1])} of {counts[1]:,} calls, the champion's"
        f" {percent(rates[0])} of {counts[0]:,}: {points(*bounds)} more, {wanted}"
    )


def _nothing(rule: QualityRule) -> CheckResult:
    return CheckResult(
        name="quality",
        verdict="undecided",
        bound=rule.margin,
        text="quality was not compared: too few outcomes of this step's predictions are known yet",
    )
