"""Is the challenger slower than it may be, in the median of the calls that were answered?

A call that fails at once must not make a version look fast, nor one that stalls until it is given up look
slow: that is what the check of failures is for.
"""

from __future__ import annotations

import math

import numpy as np

from tideline.domain.evaluation.arrays import Doubles
from tideline.domain.release.judgement import CheckResult
from tideline.domain.release.judging.evidence import Calls, Evidence
from tideline.domain.release.judging.medians import Ranked, median_bounds, ratio_bounds
from tideline.domain.release.judging.mixture import Level
from tideline.domain.release.judging.words import milliseconds


def compare_latency(evidence: Evidence, *, level: Level, allowed: float) -> CheckResult:
    """Compare the medians; `allowed` is how many times the champion's the challenger's may be."""
    champion, challenger = (Ranked.of(_measured(calls)) for calls in (evidence.champion, evidence.challenger))
    low, high = ratio_bounds(champion, challenger, level)
    bounds = [median_bounds(side, level) for side in (champion, challenger)]
    medians = [_median(side) for side in (champion, challenger)]
    return CheckResult(
        name="latency",
        verdict="worse" if low > allowed else "not_worse" if high <= allowed else "undecided",
        champion=medians[0],
        champion_low=_finite(bounds[0][0]),
        champion_high=_finite(bounds[0][1]),
        challenger=medians[1],
        challenger_low=_finite(bounds[1][0]),
        challenger_high=_finite(bounds[1][1]),
        bound=allowed,
        text=_text(medians, low=low, high=high, allowed=allowed),
    )


def _measured(calls: Calls) -> Doubles:
    latencies = calls.answered.latency_ms
    # A ratio needs positive numbers; a clock may have told 0.
    return np.maximum(latencies[np.isfinite(latencies)], np.finfo(np.float64).tiny)


def _median(side: Ranked) -> float | None:
    return float(np.median(side.values)) if len(side.values) else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _text(medians: list[float | None], *, low: float, high: float, allowed: float) -> str:
    ours, theirs = medians[1], medians[0]
    if ours is None or theirs is None:
        return "latency was not compared: one side has answered no call whose time was measured"
    most = f"{high:.3g}" if math.isfinite(high) else "any number of"
    return (
        f"in the median it takes {milliseconds(ours)}, the champion {milliseconds(theirs)}:"
        f" {low:.3g} to {most} times as long, allowed are {allowed:g}"
    )
