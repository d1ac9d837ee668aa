"""Are the challenger's answers distributed otherwise than the champion's?

What is bounded is the largest difference between the two cumulative distributions (Kolmogorov-Smirnov),
looked at where it matters: at the deciles of the champion's first calls of the step. These cut points are
fixed before the calls that are judged by them, so that each is a rate like any other (`rates`), and only
those few share the alpha. A band that holds for all points at once (Howard & Ramdas 2022, Theorem 2) sees
larger shifts only; `benchmarks/judge.py` measures both.

The price: a difference between two cut points is seen in part only, but never one that is not there. And the
first calls are those that have arrived: one that arrives late may move the cut points a little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, Flags
from tideline.domain.evaluation.verdict.check_words import number
from tideline.domain.release.judgement import CheckResult
from tideline.domain.release.judging.evidence import CALIBRATION_CALLS, Evidence
from tideline.domain.release.judging.mixture import Level
from tideline.domain.release.judging.rate_check import rate_check, verdict_of
from tideline.domain.release.judging.rates import Tally, difference_bounds
from tideline.domain.release.judging.words import percent

_DECILES = np.arange(1, 10) / 10


@dataclass(frozen=True)
class Cut:
    """One question about an answer: is this output at most that much, or below it?

    Attributes:
        output: Which column of the scores.
        at: The bound.
        below: Whether the bound itself does not count.
    """

    output: int
    at: float
    below: bool = False

    def holds(self, scores: Doubles) -> Flags:
        """Answer it for each row; a score that is no number is beyond every bound."""
        column = scores[:, self.output]
        answer: Flags = column < self.at if self.below else column <= self.at
        return answer


def cut_points(scores: Doubles) -> tuple[Cut, ...]:
    """Return the questions that scores, shape ``(n, k)``, suggest: few where many are equal."""
    cuts = []
    for output in range(scores.shape[1]):
        column = scores[np.isfinite(scores[:, output]), output]
        if not len(column):
            continue
        places = np.unique(np.quantile(column, _DECILES, method="inverted_cdf"))
        # "At most" tells nothing of answers that fall below the lowest cut, where the champion has none.
        cuts.append(Cut(output, float(places[0]), below=True))
        cuts += [Cut(output, float(place)) for place in places]
    return tuple(cuts)


def compare_answers(
    evidence: Evidence, *, level: Level, allowed: float, outputs: tuple[str, ...] = ()
) -> CheckResult:
    """Compare distributions; `allowed` is the largest difference of cumulative shares.

    Args:
        evidence: Only answered calls count.
        level: Of all cut points together.
        allowed: From 0 to 1.
        outputs: Names of the columns of the scores, where there are several.
    """
    champion, challenger = evidence.champion.answered, evidence.challenger.answered
    first = champion.at(slice(CALIBRATION_CALLS))
    cuts = cut_points(first.scores)
    judged = champion.at(slice(CALIBRATION_CALLS, None))
    # A shadow's answers to the first requests hang together with the cut points.
    others = challenger.without(first.ids)
    if not cuts or not len(judged) or not len(others):
        return _nothing(allowed)
    sides = _tally(cuts, judged.scores), _tally(cuts, others.scores)
    each = level.split(len(cuts))
    low, high = difference_bounds(*sides, each)
    # How far apart the two certainly are, whichever way; negative where they may be equal.
    apart = np.maximum(low, -high)
    worst = int(np.argmax(apart))
    ours, theirs = (side.only(worst) for side in sides)
    return rate_check(
        "answers",
        verdict_of(
            worse=bool(apart[worst] > allowed), passes=bool(np.all((high <= allowed) & (low >= -allowed)))
        ),
        champion=ours,
        challenger=theirs,
        level=each,
        bound=allowed,
        text=(
            f"{_what(cuts[worst], outputs)} in {percent(theirs.rates[0])} of its answers and in"
            f" {percent(ours.rates[0])} of the champion's: {_distance(low[worst], high[worst])} apart,"
            f" allowed are {allowed * 100:g}"
        ),
    )


def _what(cut: Cut, outputs: tuple[str, ...]) -> str:
    what = f"the probability of {outputs[cut.output]!r}" if outputs else "the answer"
    return f"{what} is {'below' if cut.below else 'at most'} {number(cut.at)}"


def _distance(low: float, high: float) -> str:
    least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return f"{least * 100:.3g} to {max(abs(low), abs(high)) * 100:.3g} points"


def _tally(cuts: tuple[Cut, ...], scores: Doubles) -> Tally:
    hits = np.array([cut.holds(scores).sum() for cut in cuts], dtype=np.float64)
    return Tally(hits, np.full_like(hits, len(scores)))


def _nothing(allowed: float) -> CheckResult:
    return CheckResult(
        name="answers",
        verdict="undecided",
        bound=allowed,
        text=(
            "answers were not compared: that takes calls of the version, and of the champion more than the"
            f" {CALIBRATION_CALLS} that fix where to look"
        ),
    )
