"""What the judge has in hand: calls of both sides, and what turned out to be true of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tideline.domain.evaluation.arrays import Doubles, Flags, IndexArray
from tideline.domain.training.classes import names_the_rest

# Calls of the champion that fix where to look and with what measure, and are not judged by it: a decile of
# 40 lies within 0.08 of its place (one standard error), near enough, and a champion has them soon.
CALIBRATION_CALLS = 40
# Texts of any length, or None.
Texts: TypeAlias = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What turned out to be true of some predictions, one for each.

    Attributes:
        labels: Of a class, shape ``(n,)``; None where it is not known.
        numbers: Of a regression, shape ``(n,)``; NaN where it is not known.
    """

    labels: Texts
    numbers: Doubles

    @classmethod
    def unknown(cls, number: int) -> Outcomes:
        """Return outcomes of which nothing is known."""
        return cls(labels=np.full(number, None, dtype=object), numbers=np.full(number, np.nan))

    def named(self, classes: Sequence[str]) -> Outcomes:
        """Return them as a binary version names them, whose negative class may be all the rest."""
        if not names_the_rest(classes):
            return self
        rest, positive = classes
        labels = [rest if label not in (None, positive) else label for label in self.labels]
        return replace(self, labels=np.array([*labels, None], dtype=object)[:-1])

    def at(self, where: Flags | IndexArray | slice) -> Outcomes:
        """Return some of them."""
        return Outcomes(self.labels[where], self.numbers[where])


@dataclass(frozen=True, eq=False)
class Calls:
    """Calls of one version, the earliest first, each told by its first row: rows of a call hang together.

    Attributes:
        ids: The first rows' prediction ids, shape ``(n,)``.
        failed: Whether the version did not answer, shape ``(n,)``.
        latency_ms: Until the answer or the failure, shape ``(n,)``; NaN where it was not measured.
        scores: The answer in numbers, shape ``(n, k)``: a regression's value, the probability of the positive
            class, or those of all classes; NaN where there is none.
        labels: The class that was named, shape ``(n,)``; None for a regression or where there is none.
        outcomes: What turned out to be true.
    """

    ids: Texts
    failed: Flags
    latency_ms: Doubles
    scores: Doubles
    labels: Texts
    outcomes: Outcomes

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, where: Flags | IndexArray | slice) -> Calls:
        """Return some of them, in the same order."""
        return Calls(
            ids=self.ids[where],
            failed=self.failed[where],
            latency_ms=self.latency_ms[where],
            scores=self.scores[where],
            labels=self.labels[where],
            outcomes=self.outcomes.at(where),
        )

    @property
    def answered(self) -> Calls:
        """Those that the version answered."""
        return self.at(~self.failed)

    def without(self, ids: Texts) -> Calls:
        """Return those with other ids."""
        return self.at(~np.isin(self.ids.astype(str), ids.astype(str)))

    def knowing(self, outcomes: Outcomes) -> Calls:
        """Return them with what turned out to be true."""
        return replace(self, outcomes=outcomes)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Both sides' calls in the current step.

    Attributes:
        paired: Whether both answered the same requests, as a shadow does: then they are not independent.
    """

    champion: Calls
    challenger: Calls
    paired: bool = False


def no_calls(outputs: int = 1) -> Calls:
    """Return the calls of a version that nobody called."""
    nothing: NDArray[Any] = np.empty(0, dtype=object)
    return Calls(
        ids=nothing,
        failed=np.empty(0, dtype=np.bool_),
        latency_ms=np.empty(0),
        scores=np.empty((0, outputs)),
        labels=nothing,
        outcomes=Outcomes.unknown(0),
    )
