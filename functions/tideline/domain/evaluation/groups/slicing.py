"""Which parts of a holdout are slices: values of features, and pairs of values of two features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.evaluation.arrays import IndexArray

# Bounds the time, and Holm's correction: with 60 tests a slice must be worse by 3.3 standard errors instead
# of 2 to block.
MAX_SLICES = 60
_RANGES = 4


@dataclass(frozen=True, eq=False)
class Labelled:
    """A column as a few values: a category's own, ranges of a number, and what is missing.

    Attributes:
        texts: Each value as `SliceFinding.where` has it: "" for missing, a range as ``28 to 37``, inclusive.
        names: Each value as a person reads it, such as ``sex = Female`` or ``age 28 to 37``.
        codes: Value of each row, shape ``(n,)``.
    """

    feature: str
    texts: tuple[str, ...]
    names: tuple[str, ...]
    codes: IndexArray


@dataclass(frozen=True, eq=False)
class Slice:
    """Rows that are alike in one or two features; `rows` are their numbers."""

    name: str
    where: dict[str, str]
    rows: IndexArray


@dataclass(frozen=True, eq=False)
class Slicing:
    """The slices to look at, largest first.

    Attributes:
        too_small: Slices with too few rows.
        left_out: Slices beyond the `MAX_SLICES` largest.
    """

    slices: tuple[Slice, ...]
    too_small: int
    left_out: int


def slice_rows(columns: Mapping[str, NDArray[Any]], features: Sequence[str], *, min_rows: int) -> Slicing:
    """Cut a holdout by each feature and by each two of them.

    A pair that has all rows of one of its two values is that slice again and is not taken twice.

    Args:
        columns: Raw values by name, shape ``(n,)`` each; NaN and "" are missing.
        features: By which to cut.
        min_rows: A slice with fewer rows is only counted.
    """
    labelled = [label(name, columns[name]) for name in dict.fromkeys(features)]
    found = [cut for one in labelled for cut in _singles(one)]
    found += [cut for first, second in combinations(labelled, 2) for cut in _pairs(first, second)]
    large = sorted((cut for cut in found if len(cut.rows) >= min_rows), key=lambda cut: -len(cut.rows))
    return Slicing(
        slices=tuple(large[:MAX_SLICES]),
        too_small=len(found) - len(large),
        left_out=max(0, len(large) - MAX_SLICES),
    )


def label(feature: str, values: NDArray[Any]) -> Labelled:
    """Return a column as a few values, of a number by its quartiles on these rows."""
    if values.dtype.kind in "OUST":
        return _labelled_texts(feature, values.astype(np.str_))
    return _labelled_numbers(feature, values.astype(np.float64))


def _labelled_texts(feature: str, values: NDArray[np.str_]) -> Labelled:
    unique, codes = np.unique(values, return_inverse=True)
    texts = tuple(str(text) for text in unique)
    names = tuple(f"{feature} = {text}" if text else f"{feature} is missing" for text in texts)
    return Labelled(feature, texts, names, codes.astype(np.intp))


def _labelled_numbers(feature: str, values: NDArray[np.float64]) -> Labelled:
    present = ~np.isnan(values)
    known, codes = values[present], np.zeros(len(values), dtype=np.intp)
    ranges = _quartile_of(known)
    texts = [_range_text(known[ranges == one]) for one in range(ranges.max(initial=-1) + 1)]
    names = [f"{feature} {text}" if " to " in text else f"{feature} = {text}" for text in texts]
    codes[present] = ranges
    if not present.all():
        codes[~present] = len(texts)
        texts, names = [*texts, ""], [*names, f"{feature} is missing"]
    return Labelled(feature, tuple(texts), tuple(names), codes)


def _quartile_of(known: NDArray[np.float64]) -> IndexArray:
    """Return the range of each value, counted from 0; as few values as ranges have one each."""
    distinct = np.unique(known)
    if len(distinct) <= _RANGES:
        return np.searchsorted(distinct, known).astype(np.intp)
    edges = np.quantile(known, np.arange(1, _RANGES) / _RANGES)
    # Tied values may leave a range without rows: the others are counted on without it.
    _, codes = np.unique(np.searchsorted(edges, known, side="left"), return_inverse=True)
    return codes.astype(np.intp)


def _range_text(values: NDArray[np.float64]) -> str:
    low, high = values.min(), values.max()
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"


def _singles(one: Labelled) -> Iterator[Slice]:
    for code, rows in _groups(one.codes):
        yield Slice(one.names[code], {one.feature: one.texts[code]}, rows)


def _pairs(first: Labelled, second: Labelled) -> Iterator[Slice]:
    sizes = (np.bincount(first.codes), np.bincount(second.codes))
    for code, rows in _groups(first.codes * len(second.texts) + second.codes):
        one, other = divmod(code, len(second.texts))
        if len(rows) in (sizes[0][one], sizes[1][other]):
            continue
        where = {first.feature: first.texts[one], second.feature: second.texts[other]}
        yield Slice(f"{first.names[one]}, {second.names[other]}", where, rows)


def _groups(codes: IndexArray) -> Iterator[tuple[int, IndexArray]]:
    """Yield each code with its rows, in one sorting."""
    order = np.argsort(codes, kind="stable")
    found, starts = np.unique(codes[order], return_index=True)
    for code, rows in zip(found, np.split(order, starts[1:]), strict=True):
        yield int(code), rows
