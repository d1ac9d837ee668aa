"""Candidate, champion and floor on the same resamples of the same holdout rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tideline.domain.encoding import Task
from tideline.domain.evaluation.arrays import Doubles, FloatArray, IndexArray
from tideline.domain.evaluation.inference.bootstrap import Replicates, replicate
from tideline.domain.evaluation.inference.paired import Pair
from tideline.domain.evaluation.measures.floor import constant_predictions
from tideline.domain.evaluation.measures.metrics import metric_statistics


@dataclass(frozen=True, eq=False)
class Contest:
    """Who answers, and what would have been right.

    Attributes:
        y: Class indices or numbers, shape ``(n,)``.
        candidate: Its outputs, shape ``(n, k)``.
        champion: The live version's, in the same order of classes; None where there is none to compare.
        constant: The floor's one answer, shape ``(k,)``.
    """

    task: Task
    y: FloatArray
    candidate: FloatArray
    champion: FloatArray | None
    constant: Doubles

    @property
    def strata(self) -> IndexArray:
        """Rows that are resampled among themselves: each class, or all rows of a regression."""
        regression = self.task == "regression"
        return np.zeros(len(self.y), dtype=np.intp) if regression else self.y.astype(np.intp)

    @property
    def floor(self) -> Doubles:
        """The constant as a model's outputs, shape ``(n, k)``."""
        return constant_predictions(self.constant, rows=len(self.y))

    def versus(self, other: FloatArray) -> Pair:
        """Return the candidate and another's outputs on the same rows, side by side."""
        return Pair(self.task, self.y, self.candidate, other)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Every metric of each contestant; `champion` is empty where there is none, the floor has one metric."""

    candidate: Mapping[str, Replicates]
    champion: Mapping[str, Replicates]
    floor: Replicates

    @property
    def differences(self) -> dict[str, Replicates]:
        """Candidate minus champion, paired, by metric."""
        return {name: self.candidate[name].minus(theirs) for name, theirs in self.champion.items()}


def compare(contest: Contest, *, metric: str, seed: int, resamples: int) -> Comparison:
    """Evaluate everyone; the floor by `metric` alone."""
    raws = {"candidate": contest.candidate, "champion": contest.champion, "floor": contest.floor}
    statistics = {
        (who, name): statistic
        for who, raw in raws.items()
        if raw is not None
        for name, statistic in metric_statistics(contest.task, y=contest.y, raw=raw).items()
        if who != "floor" or name == metric
    }
    measured = replicate(statistics, strata=contest.strata, seed=seed, resamples=resamples)
    candidate, champion = (
        {name: value for (who, name), value in measured.items() if who == whose}
        for whose in ("candidate", "champion")
    )
    return Comparison(candidate=candidate, champion=champion, floor=measured["floor", metric])
