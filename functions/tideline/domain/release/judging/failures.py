"""Does the challenger fail more calls than it may?"""

from __future__ import annotations

import numpy as np

from tideline.domain.release.judgement import CheckResult
from tideline.domain.release.judging.evidence import Calls, Evidence
from tideline.domain.release.judging.mixture import Level
from tideline.domain.release.judging.rates import Tally, difference_bounds, rate_bounds
from tideline.domain.release.judging.words import percent, points


def compare_failures(evidence: Evidence, *, level: Level, allowed: float) -> CheckResult:
    """Compare the shares of failed calls; `allowed` is a difference of shares.

    Where the champion was not called at all, the challenger is compared with one that never fails: nobody
    else is left to say that calls of this hour fail anyway.
    """
    champion, challenger = _tally(evidence.champion), _tally(evidence.challenger)
    bounds = [rate_bounds(side, level) for side in (champion, challenger)]
    (low,), (high,) = difference_bounds(champion, challenger, level)
    if not len(evidence.champion):
        low, high = bounds[1][0][0], bounds[1][1][0]
    verdict = "worse" if low > allowed else "not_worse" if high <= allowed else "undecided"
    rates = [float(side.rates[0]) if side.trials[0] else None for side in (champion, challenger)]
    return CheckResult(
        name="failures",
        verdict=verdict,
        champion=rates[0],
        champion_low=float(bounds[0][0][0]),
        champion_high=float(bounds[0][1][0]),
        challenger=rates[1],
        challenger_low=float(bounds[1][0][0]),
        challenger_high=float(bounds[1][1][0]),
        bound=allowed,
        text=(
            f"it failed {_told(evidence.challenger)}, the champion {_told(evidence.champion)}:"
            f" {points(low, high)} more, allowed are {allowed * 100:g}"
        ),
    )


def _tally(calls: Calls) -> Tally:
    return Tally.of(calls.failed.astype(np.float64)[:, None])


def _told(calls: Calls) -> str:
    if not len(calls):
        return "none, as nobody called it"
    failed = int(calls.failed.sum())
    return f"{failed:,} of {len(calls):,} calls ({percent(failed / len(calls))})"
