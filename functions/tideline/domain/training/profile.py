"""What the training rows looked like: the reference that live traffic and later data are compared with.

Histograms have fixed edges that are stored with them, so that later counts over the same edges merge by
adding. Edges are values that occur, at even shares of the rows: a few wild values do not push the rest into
one bin, and a feature with few different values has a bin for each.

Everything is counted on float32, as models see numbers: round to it before comparing with an edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tideline.domain.value import Value

# A hundred bins are ten whole ones for the usual PSI over deciles, and tell two distributions apart to 1 %.
MAX_BINS = 100
# As many as a vocabulary holds (`MAX_VOCABULARY`): rarer values are one to the model, too.
MAX_COUNTED_VALUES = 255
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


class NumberProfile(Value):
    """A column of numbers; statistics are None where every value is missing.

    Attributes:
        count: Rows, missing ones included.
        std: Standard deviation of the rows as a population.
        quantiles: By share, such as ``"0.5"``; each is a value that occurs.
        edges: Upper bounds of the bins, inclusive; a last bin without bound follows.
        counts: Rows in each bin, one more than there are edges; missing values are in none.
    """

    kind: Literal["number"] = "number"
    count: int
    missing: int
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: dict[str, float] = {}
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()


class CategoryProfile(Value):
    """A column of texts.

    Attributes:
        count: Rows, missing ones included.
        distinct: Number of different values.
        counts: Rows of each of the most frequent values, most frequent first.
        other: Rows of all further values together.
    """

    kind: Literal["category"] = "category"
    count: int
    missing: int
    distinct: int
    counts: dict[str, int]
    other: int


ColumnProfile = Annotated[NumberProfile | CategoryProfile, Field(discriminator="kind")]


class ReferenceProfile(Value):
    """Every feature and the target, over the training rows of a run."""

    schema_version: int = 1
    model: str
    run_id: str
    dataset_version: int
    spec_version: int
    rows_train: int
    rows_holdout: int
    features: dict[str, ColumnProfile]
    target: ColumnProfile


def profile_numbers(values: NDArray[np.float32]) -> NumberProfile:
    """Describe a column of numbers, shape ``(n,)``; NaN is missing, infinite values are not allowed."""
    present = np.sort(values[~np.isnan(values)])
    missing = len(values) - len(present)
    if not len(present):
        return NumberProfile(count=len(values), missing=missing)
    wide = present.astype(np.float64)
    edges = np.unique(_at_shares(present, np.arange(1, MAX_BINS) / MAX_BINS))
    below = np.searchsorted(present, edges, side="right")
    return NumberProfile(
        count=len(values),
        missing=missing,
        min=float(present[0]),
        max=float(present[-1]),
        mean=float(wide.mean()),
        std=float(wide.std()),
        quantiles={
            str(share): float(value)
            for share, value in zip(_QUANTILES, _at_shares(present, np.array(_QUANTILES)), strict=True)
        },
        edges=tuple(edges.tolist()),
        counts=tuple(np.diff([0, *below.tolist(), len(present)]).tolist()),
    )


def profile_categories(top: Mapping[str, int], *, count: int, missing: int, distinct: int) -> CategoryProfile:
    """Describe a column of texts from its most frequent values.

    Args:
        top: Rows by value; only the first `MAX_COUNTED_VALUES` are kept one by one.
        count: Rows, missing ones included.
        missing: Rows without a value.
        distinct: Number of different values.
    """
    kept = dict(list(top.items())[:MAX_COUNTED_VALUES])
    other = count - missing - sum(kept.values())
    return CategoryProfile(count=count, missing=missing, distinct=distinct, counts=kept, other=other)


def _at_shares(ordered: NDArray[np.float32], shares: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return for each share the smallest value that at least this share of values does not exceed."""
    places = np.ceil(shares * len(ordered)).astype(np.int64) - 1
    return ordered[np.clip(places, 0, len(ordered) - 1)]
