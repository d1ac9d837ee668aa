"""Calls as the judge has them in hand, made of a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tideline.domain.release.judging.evidence import Calls, Evidence, Outcomes


def calls(
    number: int,
    *,
    scores: Any = None,
    failed: int = 0,
    latency_ms: Any = 10.0,
    labels: Sequence[str] | None = None,
    truth: Sequence[Any] | None = None,
    name: str = "a",
) -> Calls:
    """Return so many calls; the last `failed` failed. `truth` holds labels or numbers, None where unknown."""
    drawn = np.random.default_rng(number).random(number) if scores is None else scores
    known = Outcomes.unknown(number)
    for place, what in enumerate(truth or ()):
        if isinstance(what, str):
            known.labels[place] = what
        elif what is not None:
            known.numbers[place] = what
    return Calls(
        ids=np.array([f"{name}{place:06d}" for place in range(number)], dtype=object),
        failed=np.arange(number) >= number - failed,
        latency_ms=np.broadcast_to(np.asarray(latency_ms, dtype=float), (number,)).copy(),
        scores=np.asarray(drawn, dtype=float).reshape(number, -1) if number else np.empty((0, 1)),
        labels=np.array(labels if labels is not None else [None] * number, dtype=object),
        outcomes=known,
    )


def evidence(champion: Calls, challenger: Calls, *, paired: bool = False) -> Evidence:
    """Return both sides."""
    return Evidence(champion, challenger, paired=paired)
