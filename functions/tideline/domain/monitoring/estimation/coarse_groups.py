"""Fine bins merged to a dozen, so that each has the rows to tell its loss by.

A bin's group is its place among the model's coefficients; what too few rows are in has none and counts as the
average.
"""

from __future__ import annotations

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, IndexArray
from tideline.domain.training.profile import ColumnProfile, NumberProfile

GROUPS = 10
MIN_GROUP_ROWS = 20
# Shares of the rows at which groups of numbers end.
_CUTS = np.array([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98])
_NONE = -1


def group_bins(rows: Doubles, profile: ColumnProfile) -> IndexArray:
    """Return the group of each bin, shape ``(bins + 2,)`` as in `reference_bins`; -1 where it has none.

    Neighbouring bins of numbers go together, the more of them the further from the ends: losses grow there,
    and windows move there. The most frequent categories stay by themselves and the others are one group with
    the values that the reference does not count.

    Args:
        rows: Holdout rows in each bin, shape ``(bins + 2,)``.
        profile: The column's reference.
    """
    known = rows[:-2]
    merged = _neighbours(known) if isinstance(profile, NumberProfile) else _frequent(known)
    other = _NONE if isinstance(profile, NumberProfile) else GROUPS
    groups = np.array([*merged, other, GROUPS + 1], dtype=np.intp)
    return _with_enough(groups, rows)


def _neighbours(rows: Doubles) -> list[int]:
    total = rows.sum()
    if not total:
        return [_NONE] * len(rows)
    wanted = np.searchsorted(_CUTS, (np.cumsum(rows) - rows / 2) / total)
    groups, group, held = [], 0, 0.0
    for place, many in enumerate(rows.tolist()):
        if place and wanted[place] != wanted[place - 1] and held >= MIN_GROUP_ROWS:
            group, held = group + 1, 0.0
        groups.append(group)
        held += many
    # A last group with too few rows belongs to its neighbour.
    return [min(one, group - 1) for one in groups] if group and held < MIN_GROUP_ROWS else groups


def _frequent(rows: Doubles) -> list[int]:
    order = np.argsort(-rows, kind="stable")
    ranks = np.empty(len(rows), dtype=np.intp)
    ranks[order] = np.arange(len(rows))
    groups: list[int] = np.where(rows >= MIN_GROUP_ROWS, np.minimum(ranks, GROUPS), GROUPS).tolist()
    return groups


def _with_enough(groups: IndexArray, rows: Doubles) -> IndexArray:
    """Number the groups that have enough rows from 0 on; a column of one group says nothing."""
    held = {int(one): rows[groups == one].sum() for one in np.unique(groups) if one != _NONE}
    kept = [one for one, many in held.items() if many >= MIN_GROUP_ROWS]
    numbers = {one: number for number, one in enumerate(kept)} if len(kept) > 1 else {}
    return np.array([numbers.get(int(one), _NONE) for one in groups], dtype=np.intp)
