"""What explains a forest: its trees with the training rows that passed each split, all in flat arrays.

Thresholds are rounded as the artifact's are, so that both send every row the same way.
"""

from __future__ import annotations

import numpy as np

from tideline.adapters.training.explanation_file import explanation_file, packed
from tideline.adapters.training.forest import Tree, read_forest, round_down
from tideline.domain.encoding import Encoding


def explain_forest(text: str, *, encoding: Encoding) -> bytes:
    """Return the explanation file for a LightGBM model text."""
    forest = read_forest(text)
    trees = [tree for _, tree in forest.trees]
    members = [codes for tree in trees for codes in tree.members]
    parts = {
        "offsets": packed(forest.offsets, "<f8"),
        "outputs": packed(np.array([output for output, _ in forest.trees]), "<i4"),
        "splits": packed(np.array([len(tree.feature) for tree in trees]), "<i4"),
        **_splits(trees),
        "leaf_values": packed(_joined([tree.leaves for tree in trees]), "<f8"),
        "leaf_rows": packed(_joined([tree.leaf_rows for tree in trees]), "<i8"),
        "member_counts": packed(np.array([len(codes) for codes in members]), "<i4"),
        "members": packed(_joined(members), "<i4"),
    }
    return explanation_file("forest", parts, encoding=encoding)


def _splits(trees: list[Tree]) -> dict[str, str]:
    """Return the arrays over all splits; children are numbered within their tree, leaves as ``~leaf``."""
    is_category = _joined([tree.is_category for tree in trees]).astype(bool)
    threshold = np.where(is_category, 0.0, round_down(_joined([tree.threshold for tree in trees])))
    return {
        "feature": packed(_joined([tree.feature for tree in trees]), "<i4"),
        "threshold": packed(threshold, "<f8"),
        "is_category": packed(is_category, "u1"),
        "missing_left": packed(_joined([tree.missing_left for tree in trees]), "u1"),
        "left": packed(_joined([tree.left for tree in trees]), "<i4"),
        "right": packed(_joined([tree.right for tree in trees]), "<i4"),
        "split_rows": packed(_joined([tree.split_rows for tree in trees]), "<i8"),
    }


def _joined(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(arrays) if arrays else np.zeros(0)
