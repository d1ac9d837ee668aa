"""Measure a candidate on every slice beside the champion, and test whether it got worse on any."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tideline.domain.evaluation.arrays import FloatArray
from tideline.domain.evaluation.groups.slices import SliceFinding, SliceReport
from tideline.domain.evaluation.groups.slicing import Slice, Slicing
from tideline.domain.evaluation.inference.bootstrap import Replicates, replicate
from tideline.domain.evaluation.inference.comparison import Contest
from tideline.domain.evaluation.inference.paired import Pair
from tideline.domain.evaluation.inference.significance import holm
from tideline.domain.evaluation.measures.metrics import metric_statistics

# With fewer, the normal theory behind the p-value of a rank metric does not hold; `benchmarks.gate` has
# slices as small as that.
MIN_CLASS_ROWS = 10
# Keeps 40 slices of 10,000 rows within some 5 seconds. A test asks for the standard error alone, which 1,000
# resamples know within 2.2 % and 200 within 5 %; its degrees of freedom are no more than they are.
_MOST_DRAWS = 50_000_000
_MOST_RESAMPLES = 1_000
_FEWEST_RESAMPLES = 200
_BOTH_CLASSES = ("roc_auc", "average_precision", "f1")
_NO_P_VALUE = "its resamples give no p-value"
NO_CHAMPION = "there is no version to compare with"


@dataclass(frozen=True, kw_only=True)
class SliceRules:
    """By what slices are judged; fields as in the spec, `classes` in output order."""

    metric: str
    margin: float
    confidence: float
    min_rows: int
    seed: int
    classes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Measured:
    """A slice; what could not be measured on it is None, and `unjudged` says why it is not tested."""

    slice: Slice
    candidate: Replicates | None
    champion: Replicates | None
    pair: Pair | None
    unjudged: str | None


def judge_slices(contest: Contest, slicing: Slicing, *, rules: SliceRules) -> SliceReport:
    """Measure all slices and test those that can be; Holm's correction is over all that were tested.

    A slice blocks where it is significantly worse than the champion and by more than the margin.

    Args:
        contest: Everyone's outputs on the whole holdout.
        slicing: Its slices.
        rules: The metric, and when a slice is worse.
    """
    resamples = slice_resamples(sum(len(cut.rows) for cut in slicing.slices))
    measured = [_measure(contest, cut, rules=rules, resamples=resamples) for cut in slicing.slices]
    alpha = (1 - rules.confidence) / 2
    return SliceReport(
        metric=rules.metric,
        alpha=alpha,
        margin=rules.margin,
        min_rows=rules.min_rows,
        slices=tuple(_findings(measured, rules=rules, alpha=alpha)),
        too_small=slicing.too_small,
        left_out=slicing.left_out,
    )


def slice_resamples(rows: int) -> int:
    """Return how many resamples each slice gets where all together have this many rows."""
    return min(_MOST_RESAMPLES, max(_FEWEST_RESAMPLES, _MOST_DRAWS // max(rows, 1)))


def _measure(contest: Contest, cut: Slice, *, rules: SliceRules, resamples: int) -> _Measured:
    y, candidate = contest.y[cut.rows], contest.candidate[cut.rows]
    unjudged = _why_meaningless(y, rules=rules)
    if unjudged is not None:
        return _Measured(cut, None, None, None, unjudged)
    raws = {"candidate": candidate}
    if contest.champion is not None:
        raws["champion"] = contest.champion[cut.rows]
    statistics = {
        who: metric_statistics(contest.task, y=y, raw=raw)[rules.metric] for who, raw in raws.items()
    }
    strata = contest.strata[cut.rows]
    found = replicate(statistics, strata=strata, seed=rules.seed, resamples=resamples)
    if not np.isfinite(found["candidate"].estimate):
        return _Measured(cut, None, None, None, f"{rules.metric} means nothing on its rows")
    pair = Pair(contest.task, y, candidate, raws["champion"]) if "champion" in raws else None
    unjudged = NO_CHAMPION if pair is None else _why_too_few(y, rules=rules)
    return _Measured(cut, found["candidate"], found.get("champion"), pair, unjudged)


def _why_meaningless(y: FloatArray, *, rules: SliceRules) -> str | None:
    if rules.metric not in _BOTH_CLASSES:
        return None
    for code, name in enumerate(rules.classes):
        if not np.any(y == code):
            return f"none of its rows is {name[:40]!r}: {rules.metric} means nothing there"
    return None


def _why_too_few(y: FloatArray, *, rules: SliceRules) -> str | None:
    if rules.metric not in _BOTH_CLASSES:
        return None
    rows, name = min((int(np.count_nonzero(y == code)), name) for code, name in enumerate(rules.classes))
    if rows >= MIN_CLASS_ROWS:
        return None
    return f"only {rows} of its rows are {name[:40]!r}: at least {MIN_CLASS_ROWS} are needed to test"


def _findings(measured: Sequence[_Measured], *, rules: SliceRules, alpha: float) -> list[SliceFinding]:
    tested = {
        place: one.pair.p_no_worse(one.candidate.minus(one.champion), metric=rules.metric)
        for place, one in enumerate(measured)
        if one.unjudged is None and one.pair and one.candidate and one.champion
    }
    p_values = {place: p_value for place, p_value in tested.items() if math.isfinite(p_value)}
    adjusted = dict(zip(p_values, holm(list(p_values.values())), strict=True))
    # Nothing is said of what could not be tested, least of all that it is no worse.
    told = [
        replace(one, unjudged=_NO_P_VALUE) if place in tested and place not in p_values else one
        for place, one in enumerate(measured)
    ]
    return [
        _finding(one, rules=rules, alpha=alpha, p_value=p_values.get(place), p_adjusted=adjusted.get(place))
        for place, one in enumerate(told)
    ]


def _finding(
    one: _Measured, *, rules: SliceRules, alpha: float, p_value: float | None, p_adjusted: float | None
) -> SliceFinding:
    confidence, difference = rules.confidence, None
    if one.pair and one.candidate and one.champion:
        paired = one.candidate.minus(one.champion)
        difference = one.pair.interval(paired, metric=rules.metric, confidence=confidence)
    significant = p_adjusted is not None and p_adjusted <= alpha
    return SliceFinding(
        name=one.slice.name,
        where=one.slice.where,
        rows=len(one.slice.rows),
        candidate=one.candidate.interval(confidence=confidence) if one.candidate else None,
        champion=one.champion.interval(confidence=confidence) if one.champion else None,
        difference=difference,
        p_value=p_value,
        p_adjusted=p_adjusted,
        blocks=significant and difference is not None and difference.estimate < -rules.margin,
        unjudged=one.unjudged,
    )
