"""LightGBM's model text, read into flat arrays.

The text (`Booster.model_to_string`, version v4) holds each tree as arrays that name one another's
places, all doubles with 17 digits, so that nothing is lost and no recursion is needed.
Every tree is centred on reading: its leaves' mean goes into the offset, which keeps sums of leaves
small. A tree without a split is then nothing but its mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Bits of `decision_type`, LightGBM's include/LightGBM/tree.h.
IS_CATEGORY = 1
DEFAULT_LEFT = 2
MISSING_TYPE_SHIFT = 2
MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2

# LightGBM reads numbers up to this far from zero as zero (kZeroThreshold, a float32).
ZERO_THRESHOLD = np.float32(1e-35)


@dataclass(frozen=True)
class Tree:
    """One tree with at least one split.

    Attributes:
        feature: Feature index of each split.
        threshold: Rows with a value up to and including it go left; unused for categories.
        is_category: Whether the split is by membership.
        missing_left: Whether NaN goes left.
        left: Where the left branch leads: a split's index, or ``~leaf``.
        right: The same for the right branch.
        members: For each category split in order, the codes that go left.
        leaves: Leaf values, their mean being zero.
        split_rows: Training rows that came to each split.
        leaf_rows: Training rows that ended in each leaf.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    is_category: NDArray[np.bool_]
    missing_left: NDArray[np.bool_]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    members: tuple[NDArray[np.int64], ...]
    leaves: NDArray[np.float64]
    split_rows: NDArray[np.int64]
    leaf_rows: NDArray[np.int64]


@dataclass(frozen=True)
class Forest:
    """All trees that split, with the output that each adds to, and every output's offset."""

    trees: tuple[tuple[int, Tree], ...]
    offsets: NDArray[np.float64]


def read_forest(text: str) -> Forest:
    """Return the trees of a LightGBM model text."""
    header, *sections = text.split("\n\nend of trees", maxsplit=1)[0].split("\nTree=")
    outputs = int(_fields(header)["num_tree_per_iteration"])
    offsets = np.zeros(outputs)
    trees: list[tuple[int, Tree]] = []
    for number, section in enumerate(sections):
        fields = _fields(section)
        leaves = _floats(fields["leaf_value"])
        mean = leaves.mean()
        offsets[number % outputs] += mean
        if len(leaves) > 1:
            trees.append((number % outputs, _read_tree(fields, leaves - mean)))
    return Forest(tuple(trees), offsets)


def _read_tree(fields: dict[str, str], leaves: NDArray[np.float64]) -> Tree:
    decision = _integers(fields["decision_type"])
    threshold = _floats(fields["threshold"])
    is_category = decision & IS_CATEGORY != 0
    return Tree(
        feature=_integers(fields["split_feature"]),
        threshold=threshold,
        is_category=is_category,
        missing_left=_missing_left(decision, threshold) & ~is_category,
        left=_integers(fields["left_child"]),
        right=_integers(fields["right_child"]),
        members=tuple(_members(fields, threshold[is_category].astype(np.int64))),
        leaves=leaves,
        split_rows=_integers(fields["internal_count"]),
        leaf_rows=_integers(fields["leaf_count"]),
    )


def round_down(threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the greatest float32 that sends every float32 the same way as the threshold does."""
    largest = np.finfo(np.float32).max
    # Beyond float32's range: only -inf is below, every finite number is.
    clipped = np.clip(threshold, -np.inf, largest)
    with np.errstate(over="ignore"):
        nearest = clipped.astype(np.float32)
    above = (nearest > clipped) | (nearest == -ZERO_THRESHOLD)
    return np.where(above, np.nextafter(nearest, np.float32(-np.inf)), nearest).astype(np.float64)


def _missing_left(decision: NDArray[np.int64], threshold: NDArray[np.float64]) -> NDArray[np.bool_]:
    kind = decision >> MISSING_TYPE_SHIFT
    if (kind == MISSING_ZERO).any():
        raise ValueError("a model that takes zero for missing cannot be converted")
    # Where training saw no missing value, LightGBM reads NaN as 0.
    return np.where(kind == MISSING_NONE, threshold >= 0, decision & DEFAULT_LEFT != 0)


def _members(fields: dict[str, str], places: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    if not len(places):
        return
    bounds = _integers(fields["cat_boundaries"])
    words = np.array(fields["cat_threshold"].split(), dtype="<u4")
    for place in places:
        bits = np.unpackbits(words[bounds[place] : bounds[place + 1]].view(np.uint8), bitorder="little")
        yield np.flatnonzero(bits)


def _fields(section: str) -> dict[str, str]:
    pairs = (line.split("=", maxsplit=1) for line in section.splitlines() if "=" in line)
    return {pair[0]: pair[1] for pair in pairs}


def _integers(text: str) -> NDArray[np.int64]:
    return np.array(text.split(), dtype=np.int64)


def _floats(text: str) -> NDArray[np.float64]:
    return np.array(text.split(), dtype=np.float64)
