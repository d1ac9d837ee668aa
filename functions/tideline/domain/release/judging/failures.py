"""Does the challenger fail more calls than it may?"""

from __future__ import annotations

import numpy as np

from tideline.domain.release.judgement import CheckResult
from tideline.domain.release.judging.evidence import Calls, Evidence
from tideline.domain.release.judging.mixture import Level
from tideline.domain.release.judging.rate_check import rate_check, verdict_of
from tideline.domain.release.judging.rates import Tally, difference_bounds, rate_bounds
from tideline.domain.release.judging.words import percent, points


def compare_failures(evidence: Evidence, *, level: Level, allowed: float) -> CheckResult:
    """Compare the shares of failed calls; `allowed` is a difference of shares.

    Where the champion was not called at all, the challenger is compared with one that never fails: nobody
    else is left to say that calls of this hour fail anyway.
    """
    champion, challenger = _tally(evidence.champion), _tally(evidence.challenger)
    compare = difference_bounds(champion, challenger, level)
    (low,), (high,) = compare if len(evidence.champion) else rate_bounds(challenger, level)
    return rate_check(
        "failures",
        verdict_of(worse=low > allowed, passes=high <= allowed),
        champion=champion,
        challenger=challenger,
        level=level,
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
