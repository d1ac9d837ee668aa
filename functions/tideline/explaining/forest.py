"""Exact TreeSHAP, path-dependent, vectorised over leaves.

A leaf of value v gives v where a row passes all of its path's splits. Given only a coalition of the features
on that path, the tree expects v times a product: for each feature o (1 if the row passes that feature's
splits, else 0) where it is in the coalition, else z, the share of training rows that pass (a product of
ratios of counts along the path). The Shapley value of such a product game is, by its multilinear extension,

    v (o_i - z_i) * integral from 0 to 1 of prod over j != i of (t o_j + (1 - t) z_j) dt,

a polynomial of degree d - 1 in t, for which Gauss-Legendre quadrature with ceil(d / 2) nodes is exact.
Summed over leaves these are the values of TreeSHAP, and so of LightGBM's `pred_contrib`.

Sources: Owen, "Multilinear Extensions of Games", Management Science 18 (1972); Lundberg et al., "From local
explanations to global understanding with explainable AI for trees", Nature Machine Intelligence 2 (2020).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tideline.explaining.explanation_file import Doubles, ForestFile, Integers, doubles, integers, require
from tideline.explaining.paths import SMALLEST_SHARE, Splits, Steps, read_splits, walk

# Doubles in one of the arrays at work; a few of them stay within a processor's cache.
_CHUNK_NUMBERS = 1 << 16


@dataclass(frozen=True)
class _Group:
    """Leaves with the same number d of features on their path.

    Attributes:
        slots: Shape ``(d, n_leaves)``: place of each among all slots.
        feature: Same shape.
        share: Same shape: z.
        value: Shape ``(n_leaves,)``.
        output: Same shape.
    """

    slots: Integers
    feature: Integers
    share: Doubles
    value: Doubles
    output: Integers


class ForestContributions:
    """Contributions to each output of a forest.

    Attributes:
        base: What the trees expect of a row of which nothing is known, shape ``(n_outputs,)``.
        cost_per_row: Numbers computed for a row.
        size_bytes: Of the arrays.

    Raises:
        ArtifactInvalid: if the file isn't a forest of whole trees.
    """

    def __init__(self, file: ForestFile) -> None:
        self._splits = read_splits(file)
        self._steps = walk(self._splits, file)
        self._starts = _slot_starts(self._steps, self._splits)
        offsets = doubles(file.offsets)
        self._outputs, self._features = len(offsets), len(file.features)
        values, outputs = _leaves(file, n_outputs=self._outputs)
        self._groups = list(_groups(self._steps, self._starts, self._splits, values, outputs))
        self.base = offsets.copy()
        for group in self._groups:
            np.add.at(self.base, group.output, group.value * group.share.prod(axis=0))
        self.cost_per_row = sum(
            len(group.slots) * _nodes(group) * len(group.value) for group in self._groups
        ) + len(self._steps.leaf)
        self.size_bytes = 33 * len(self._steps.leaf) + 24 * len(self._starts) + 64 * len(self._splits.feature)

    def __call__(self, matrix: Doubles) -> Doubles:
        """Return contributions, shape ``(n, n_features, n_outputs)``."""
        return np.stack([self._row(row) for row in matrix])

    def _row(self, row: Doubles) -> Doubles:
        found = np.zeros(self._features * self._outputs)
        if not self._groups:
            return found.reshape(self._features, self._outputs)
        left = _goes_left(row, self._splits)
        follows = left[self._steps.split] == self._steps.goes_left
        passes = np.logical_and.reduceat(follows, self._starts)
        for group in self._groups:
            contributions = group.value * _shapley(passes[group.slots], group.share, nodes=_nodes(group))
            places = group.feature * self._outputs + group.output
            found += np.bincount(places.ravel(), weights=contributions.ravel(), minlength=len(found))
        return found.reshape(self._features, self._outputs)


def _shapley(passes: NDArray[np.bool_], share: Doubles, *, nodes: int) -> Doubles:
    """Return the Shapley values of product games, shape ``(d, n_games)`` like `passes` and `share`."""
    integral = np.zeros(share.shape)
    for time, weight in _quadrature(nodes):
        factors = (1 - time) * share
        factors[passes] += time
        # No factor is 0: shares are above it, and the points lie between 0 and 1.
        integral += weight * factors.prod(axis=0) / factors
    return (passes - share) * integral


@cache
def _quadrature(nodes: int) -> list[tuple[float, float]]:
    """Return points between 0 and 1 and their weights."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return list(zip(((points + 1) / 2).tolist(), (weights / 2).tolist(), strict=True))


def _nodes(group: _Group) -> int:
    return (len(group.slots) + 1) // 2


def _goes_left(row: Doubles, splits: Splits) -> NDArray[np.bool_]:
    values = row[splits.feature]
    missing = np.isnan(values)
    left: NDArray[np.bool_] = np.where(missing, splits.missing_left, values <= splits.threshold)
    places = np.flatnonzero(splits.is_category)
    if len(places):
        codes = np.where(missing, -1.0, values)[places].astype(np.int64)
        wanted = places * 2**31 + codes
        at = np.searchsorted(splits.members, wanted).clip(max=max(len(splits.members) - 1, 0))
        known = splits.members[at] == wanted if len(splits.members) else np.zeros(len(places), bool)
        left[places] = known & ~missing[places]
    return left


def _slot_starts(steps: Steps, splits: Splits) -> Integers:
    """Return where in the steps, which are in order, another leaf or feature begins."""
    if not len(steps.leaf):
        return np.zeros(0, np.int64)
    feature = splits.feature[steps.split]
    changes = (np.diff(steps.leaf) != 0) | (np.diff(feature) != 0)
    return np.concatenate([[0], np.flatnonzero(changes) + 1])


def _leaves(file: ForestFile, *, n_outputs: int) -> tuple[Doubles, Integers]:
    """Return value and output of each leaf."""
    trees, splits = integers(file.outputs, "<i4"), integers(file.splits, "<i4")
    require(n_outputs, "it explains nothing")
    require(len(trees) == len(splits), "its arrays do not fit together")
    require(((trees >= 0) & (trees < n_outputs)).all(), "a tree adds to an output that is not there")
    outputs = np.repeat(trees, splits + 1)
    return doubles(file.leaf_values, len(outputs)), outputs


def _groups(
    steps: Steps, starts: Integers, splits: Splits, values: Doubles, outputs: Integers
) -> Iterator[_Group]:
    """Yield the leaves by the number of their slots, in parts that are worked on at once."""
    if not len(starts):
        return
    share = np.maximum(np.multiply.reduceat(steps.share, starts), SMALLEST_SHARE)
    feature, leaf = splits.feature[steps.split[starts]], steps.leaf[starts]
    sizes = np.bincount(leaf, minlength=len(values))
    first = np.cumsum(sizes) - sizes
    for size in np.unique(sizes).tolist():
        leaves = np.flatnonzero(sizes == size)
        most = max(1, _CHUNK_NUMBERS // size)
        for start in range(0, len(leaves), most):
            part = leaves[start : start + most]
            slots = first[part] + np.arange(size)[:, None]
            yield _Group(slots, feature[slots], share[slots], values[part], outputs[part])
