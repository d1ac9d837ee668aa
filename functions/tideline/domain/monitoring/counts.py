"""What is counted of live calls: whole numbers over fixed bins, so that hours merge by adding.

A week is the sum of its hours, bit for bit, in whatever order they are added and however often an hour was
cut in parts: nothing here is a float that would round another way.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Annotated, Literal, Self

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
        return self.model_copy(
            update={
                "missing": self.missing + other.missing,
                "below": self.below + other.below,
                "above": self.above + other.above,
                "counts": added(self.counts, other.counts),
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
        return self.model_copy(
            update={
                "missing": self.missing + other.missing,
                "counts": added(self.counts, other.counts),
                "other": self.other + other.other,
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
        return self.model_copy(
            update={"scores": added(self.scores, other.scores), "named": added(self.named, other.named)}
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

    def plus(self, other: Self) -> Self:
        """Return both periods together; raises `ValueError` where the bins are not the same."""
        if self.features.keys() != other.features.keys() or self.outputs.keys() != other.outputs.keys():
            raise ValueError("these were counted against different references")
        return self.model_copy(
            update={
                "rows": self.rows + other.rows,
                "calls": self.calls + other.calls,
                "failed": self.failed + other.failed,
                "features": {
                    name: _same_kind(column, other.features[name]) for name, column in self.features.items()
                },
                "outputs": {name: output.plus(other.outputs[name]) for name, output in self.outputs.items()},
                "value": self.value.plus(other.value) if self.value and other.value else self.value,
                "latency": added(self.latency, other.latency),
            }
        )


def merged(windows: Iterable[WindowCounts]) -> WindowCounts:
    """Return some periods together, of which there is at least one."""
    return reduce(WindowCounts.plus, windows)


def added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sums of counts over the same bins; raises `ValueError` where they are not as many."""
    return tuple(ours + theirs for ours, theirs in zip(one, other, strict=True))


def _same_kind(one: NumberCounts | CategoryCounts, other: NumberCounts | CategoryCounts) -> ColumnCounts:
    if isinstance(one, NumberCounts) and isinstance(other, NumberCounts):
        return one.plus(other)
    if isinstance(one, CategoryCounts) and isinstance(other, CategoryCounts):
        return one.plus(other)
    raise ValueError("a number was counted as a category, or the other way round")
