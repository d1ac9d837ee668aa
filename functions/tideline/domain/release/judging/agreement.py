"""How often a shadow says something else than the champion to the same request: told, not judged."""

from __future__ import annotations

import numpy as np

from tideline.domain.evaluation.verdict.check_words import number
from tideline.domain.release.judging.evidence import Calls, Evidence
from tideline.domain.release.judging.words import percent


def describe_agreement(evidence: Evidence, *, regression: bool) -> str | None:
    """Return a sentence about the requests that both answered, None where there are none."""
    champion, challenger = _both(evidence)
    if not len(champion):
        return None
    requests = f"of {len(champion):,} requests that both answered"
    if regression:
        apart = np.abs(challenger.scores[:, 0] - champion.scores[:, 0])
        return f"{requests}, the answers differ by {number(float(np.nanmean(apart)))} in the mean"
    other = float((challenger.labels != champion.labels).mean())
    return f"{requests}, it named another class in {percent(other)}"


def _both(evidence: Evidence) -> tuple[Calls, Calls]:
    champion, challenger = evidence.champion.answered, evidence.challenger.answered
    _, ours, theirs = np.intersect1d(
        champion.ids.astype(str), challenger.ids.astype(str), return_indices=True
    )
    return champion.at(ours), challenger.at(theirs)
