"""A forest as paths from root to leaf, as its contributions are computed from.

On the path to a leaf, all splits by one feature together are a slot: a row passes it or not, and it has the
share of training rows that pass, a product of ratios along the path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tideline.explaining.explanation_file import Doubles, ForestFile, Integers, doubles, integers, require

# Splits on all paths together: 1,000 trees of 255 leaves that lie 15 deep. They take 100 MB meanwhile.
MAX_STEPS = 4_000_000
# A leaf that no training row reached weighs next to nothing; a zero could not be divided by.
SMALLEST_SHARE = 1e-30


@dataclass(frozen=True)
class Splits:
    """All splits of all trees, shape ``(n_splits,)`` each, `children` numbered over all trees.

    Attributes:
        children: Left and right, shape ``(2, n_splits)``: a split, or ``~leaf``.
        members: Sets of category splits: sorted ``split * 2**31 + code``.
        missing_left: Whether NaN goes left.
    """

    feature: Integers
    threshold: Doubles
    is_category: NDArray[np.bool_]
    missing_left: NDArray[np.bool_]
    children: Integers
    members: Integers


@dataclass(frozen=True)
class Steps:
    """Every split on the path to every leaf, in the order of leaf and feature."""

    leaf: Integers
    split: Integers
    goes_left: NDArray[np.bool_]
    share: Doubles


def read_splits(file: ForestFile) -> Splits:
    """Return the splits of a file.

    Raises:
        ArtifactInvalid: if a child, feature or code is not there, or the arrays do not fit together.
    """
    counts = integers(file.splits, "<i4")
    require((counts > 0).all(), "it has a tree without a split")
    total = int(counts.sum())
    feature, threshold = integers(file.feature, "<i4"), doubles(file.threshold, total)
    is_category, missing_left = (integers(x, "u1") != 0 for x in (file.is_category, file.missing_left))
    left, right = integers(file.left, "<i4"), integers(file.right, "<i4")
    lengths = {len(array) for array in (feature, is_category, missing_left, left, right)}
    require(lengths == {total}, "its arrays do not fit together")
    require(((feature >= 0) & (feature < len(file.features))).all(), "it splits by an unknown feature")
    categories = np.array([f.type == "category" for f in file.features], dtype=bool)
    require((categories[feature] == is_category).all(), "it splits a number as a category, or the reverse")
    children = _number_children(np.stack([left, right]), counts)
    return Splits(feature, threshold, is_category, missing_left, children, _members(file, is_category))


def _number_children(children: Integers, counts: Integers) -> Integers:
    """Number children over all trees: each leaf and split but a root has one split above it, an earlier."""
    trees = np.arange(len(counts))
    first_split = np.repeat(np.cumsum(counts) - counts, counts)
    first_leaf = first_split + np.repeat(trees, counts)
    end = first_split + np.repeat(counts, counts)
    is_leaf = children < 0
    found = np.where(is_leaf, ~(first_leaf + ~children), first_split + children)
    places = np.arange(children.shape[1])
    inside = np.where(is_leaf, ~found <= first_leaf + (end - first_split), (found > places) & (found < end))
    require(inside.all(), "a split leads nowhere")
    total = int(counts.sum())
    reached = np.bincount(np.where(is_leaf, total + ~found, found).ravel(), minlength=2 * total + len(counts))
    roots = np.cumsum(counts) - counts
    reached[roots] += 1
    require((reached == 1).all(), "it has branches that meet or are cut off")
    return found


def _members(file: ForestFile, is_category: NDArray[np.bool_]) -> Integers:
    counts, codes = integers(file.member_counts, "<i4"), integers(file.members, "<i4")
    places = np.flatnonzero(is_category)
    require(len(counts) == len(places) and (counts >= 0).all(), "its sets do not fit its splits")
    require(counts.sum() == len(codes) and (codes >= 0).all(), "its sets do not fit together")
    return np.sort(np.repeat(places, counts) * 2**31 + codes)


def walk(splits: Splits, file: ForestFile) -> Steps:
    """Return the steps to every leaf, all trees at once, one level after the other.

    Raises:
        ArtifactInvalid: if there are more than `MAX_STEPS`, or rows are counted that can't have been.
    """
    shares = _shares(splits, file)
    parent, went_left = _parents(splits)
    n_splits = len(splits.feature)
    leaves = np.arange(len(parent) - n_splits)
    node, parts, size = n_splits + leaves, [], 0
    while len(leaves):
        above = parent[node]
        parts.append((leaves, above, went_left[node], shares[node]))
        size += len(leaves)
        require(size <= MAX_STEPS, f"its paths have more than {MAX_STEPS:,} splits")
        going_on = parent[above] >= 0
        leaves, node = leaves[going_on], above[going_on]
    if not parts:
        nothing = np.zeros(0, np.int64)
        return Steps(nothing, nothing, nothing.astype(bool), nothing.astype(float))
    leaf, split, left, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((splits.feature[split], leaf))
    return Steps(leaf[order], split[order], left[order], share[order])


def _parents(splits: Splits) -> tuple[Integers, NDArray[np.bool_]]:
    """Return above each node (splits, then leaves) the split, -1 for roots, and whether it is its left."""
    count = len(splits.feature)
    nodes = np.where(splits.children < 0, count + ~splits.children, splits.children)
    total = int(nodes.max(initial=-1)) + 1
    parent, left = np.full(total, -1), np.zeros(total, dtype=bool)
    parent[nodes] = np.arange(count)
    left[nodes[0]] = True
    return parent, left


def _shares(splits: Splits, file: ForestFile) -> Doubles:
    """Return for each node (splits, then leaves) its share of the rows that came to the split above."""
    rows = np.concatenate([integers(file.split_rows, "<i8"), integers(file.leaf_rows, "<i8")])
    parent, _ = _parents(splits)
    require(len(rows) == len(parent) and (rows >= 0).all(), "its counts of rows do not fit its trees")
    above = np.where(parent >= 0, rows[parent], np.maximum(rows, 1))
    require((rows <= np.maximum(above, 1)).all(), "more rows leave a split than come to it")
    return np.maximum(rows / np.maximum(above, 1), SMALLEST_SHARE)
