"""What is counted of live calls: whole numbers over fixed bins, so that hours merge by adding.

A week is the sum of its hours, bit for bit, in whatever order they are added and however often an hour was
cut in parts: nothing here is a float that would round another way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field

from tideline.domain.value import Value

# Probabilities fall in uniform bins over [0, 1]: fine enough that an AUC read off them is right to 0.001.
SCORE_BINS = 1_000
# Upper bounds, inclusive: 0.5 ms to 33 s, each a fifth more than the one before; one bin without follows.
LATENCY_EDGES_MS = tuple(0.5 * 2 ** (step / 4) for step in range(65))


class NumberCounts(Value):
    """A column of numbers, counted over the bins of its reference.

    Attributes:
        missing: Rows without a value; in none of the bins.
        below: Rows under the smallest value of the reference; in the first bin too.
        above: Rows over the largest value of the reference; in the last bin too.
        counts: Rows in each bin, one more than the reference has edges.
    """

    kind: Literal["number"] = "number"
    missing: int = 0
    below: int = 0
    above: int = 0
    counts: tuple[int, ...]

    def plus(self, other: Self) -> Self:
        """Return both together; raises `ValueError` where the bins are not the same."""
        return self.together([self, other])

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Return all of them in one, of which there is at least one; raises as `plus`."""
        return parts[0].model_copy(
            update={
                "missing": sum(part.missing for part in parts),
                "below": sum(part.below for part in parts),
                "above": sum(part.above for part in parts),
                "counts": added(*(part.counts for part in parts)),
            }
        )


class CategoryCounts(Value):
    """A column of texts, counted over the values of its reference.

    Attributes:
        counts: Rows of each value that the reference counts one by one, in the reference's order.
        other: Rows of all other values: rare in the reference, or never seen there.
    """

    kind: Literal["category"] = "category"
    missing: int = 0
    counts: tuple[int, ...]
    other: int = 0

    def plus(self, other: Self) -> Self:
        """Return both together; raises `ValueError` where the values are not as many."""
        return self.together([self, other])

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Return all of them in one, of which there is at least one; raises as `plus`."""
        return parts[0].model_copy(
            update={
                "missing": sum(part.missing for part in parts),
                "counts": added(*(part.counts for part in parts)),
                "other": sum(part.other for part in parts),
            }
        )


ColumnCounts = Annotated[NumberCounts | CategoryCounts, Field(discriminator="kind")]


class OutputCounts(Value):
    """How probable one class was said to be, over `SCORE_BINS` uniform bins; the last holds 1 too.

    Attributes:
        scores: All answered rows.
        named: Those whose answer was this class.
    """

    scores: tuple[int, ...]
    named: tuple[int, ...]

    def plus(self, other: Self) -> Self:
        """Return both together."""
        return self.together([self, other])

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """Return all of them in one, of which there is at least one."""
        return parts[0].model_copy(
            update={
                "scores": added(*(part.scores for part in parts)),
                "named": added(*(part.named for part in parts)),
            }
        )


class WindowCounts(Value):
    """All that is counted of the calls that one version answered to callers in a period: no shadow's.

    Attributes:
        rows: Answered instances.
        calls: Calls, failed ones included.
        failed: Calls that this version failed.
        features: By name, of answered rows; private ones are not there.
        outputs: By class; empty for a regression.
        value: A regression's answers over the bins of the reference's; None for classification.
        latency: Calls over `LATENCY_EDGES_MS`, one bin more than edges.
    """

    model: str
    version: int
    rows: int = 0
    calls: int = 0
    failed: int = 0
    features: dict[str, ColumnCounts] = {}
    outputs: dict[str, OutputCounts] = {}
    value: NumberCounts | None = None
    latency: tuple[int, ...] = (0,) * (len(LATENCY_EDGES_MS) + 1)

    def plus(self, other: WindowCounts) -> WindowCounts:
        """Return both periods together; raises `ValueError` where the bins are not the same."""
        return merged([self, other])


def merged(windows: Iterable[WindowCounts]) -> WindowCounts:
    """Return some periods together, of which there is at least one; raises as `WindowCounts.plus`.

    Each column is summed over all periods at once: a week of hours of a hundred features takes a
    quarter of the time of adding them one after the other.
    """
    parts = list(windows)
    first = parts[0]
    for part in parts:
        if part.features.keys() != first.features.keys() or part.outputs.keys() != first.outputs.keys():
            raise ValueError("these were counted against different references")
    values = [part.value for part in parts if part.value]
    return first.model_copy(
        update={
            "rows": sum(part.rows for part in parts),
            "calls": sum(part.calls for part in parts),
            "failed": sum(part.failed for part in parts),
            "features": {
                name: _same_kind([part.features[name] for part in parts]) for name in first.features
            },
            "outputs": {
                name: OutputCounts.together([part.outputs[name] for part in parts]) for name in first.outputs
            },
            "value": NumberCounts.together(values) if values else None,
            "latency": added(*(part.latency for part in parts)),
        }
    )


def added(*parts: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sums of counts over the same bins; raises `ValueError` where they are not as many."""
    if len({len(part) for part in parts}) > 1:
        raise ValueError("these were counted over different bins")
    return tuple(np.array(parts, dtype=np.int64).sum(axis=0).tolist())


def _same_kind(columns: Sequence[ColumnCounts]) -> ColumnCounts:
    numbers = [column for column in columns if isinstance(column, NumberCounts)]
    if len(numbers) == len(columns):
        return NumberCounts.together(numbers)
    categories = [column for column in columns if isinstance(column, CategoryCounts)]
    if len(categories) == len(columns):
        return CategoryCounts.together(categories)
    raise ValueError("a number was counted as a category, or the other way round")
