"""How much of a look at a model is affordable: rows, and features, bounded by work and not by time.

A time limit would look at more on a faster day; the report of the same run has to be the same again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tideline.domain.encoding import Encoding
from tideline.domain.evaluation.inspection.leakage import Strength
from tideline.domain.training.run import FittedModel

# Three shuffles tell whether an importance stands out from the luck of shuffling; rows are the better buy.
REPEATS = 3
# The standard error of an AUC of 0.9 on 5,000 rows, a quarter of them positive, is 0.005.
MAX_ROWS = 5_000
MIN_ROWS = 1_000
# A unit is one tree, or the conversion of one cell, for one row: 50 ns measured, 100 ns with trees of 255
# leaves; so five to ten seconds.
_WORK = 100_000_000
# What a small tree takes in the artifact; a larger one is deeper by less than it is larger.
_TREE_BYTES = 1_000


@dataclass(frozen=True)
class InspectionPlan:
    """What to look at.

    Attributes:
        rows: Holdout rows, drawn at random where it is not all of them.
        of_rows: Rows that the holdout has.
        features: Names; all of them, or those that tell most of the target by themselves.
        of_features: Features that the model has.
        repeats: Shuffles of each feature.
    """

    rows: int
    of_rows: int
    features: frozenset[str]
    of_features: int
    repeats: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was left out, as a sentence."""
        parts = []
        if self.rows < self.of_rows:
            parts.append(f"{self.rows:,} of {self.of_rows:,} holdout rows")
        if len(self.features) < self.of_features:
            parts.append(
                f"the {len(self.features):,} of {self.of_features:,} features that tell most by themselves"
            )
        told = "importance and sensitivity were measured on"
        return (f"{told} {' and '.join(parts)}, to keep evaluating fast",) if parts else ()


def plan_inspection(
    encoding: Encoding, *, rows: int, fitted: FittedModel, strengths: Sequence[Strength]
) -> InspectionPlan:
    """Spend on rows first, down to `MIN_ROWS`, then on features, down to one.

    Args:
        encoding: The model's features.
        rows: Of the holdout.
        fitted: Whose rounds and size tell what a prediction costs.
        strengths: How much each feature tells by itself; may lack some.
    """
    outputs = len(encoding.classes) if encoding.task == "multiclass" else 1
    trees = min(fitted.rounds * outputs, fitted.size_bytes // _TREE_BYTES)
    row_work = len(encoding.features) + trees
    passes = sum(REPEATS + (2 if feature.type == "category" else 1) for feature in encoding.features)
    chosen = min(rows, MAX_ROWS, max(MIN_ROWS, _WORK // (passes * row_work)))
    affordable = max(1, _WORK // (chosen * row_work) // (REPEATS + 2))
    return InspectionPlan(
        rows=chosen,
        of_rows=rows,
        features=frozenset(_strongest(encoding, strengths)[:affordable])
        if passes * chosen * row_work > _WORK
        else frozenset(encoding.names),
        of_features=len(encoding.features),
        repeats=REPEATS,
    )


def _strongest(encoding: Encoding, strengths: Sequence[Strength]) -> list[str]:
    share = {one.feature: one.share for one in strengths}
    return sorted(encoding.names, key=lambda name: -share.get(name, 0.0))
