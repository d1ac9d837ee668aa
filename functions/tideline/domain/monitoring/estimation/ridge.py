"""Ridge regression on indicator columns, its strength chosen out of fold (Hoerl & Kennard 1970; Stone 1974).

Only sums over rows are kept: of each fold the columns' products. A fit on four folds is then a difference of
sums and one small equation, whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, IndexArray

FOLDS = 5
# In rows: an indicator that as many rows have as the strength is shrunk to a half.
STRENGTHS = (10.0, 50.0, 250.0, 1_000.0, 5_000.0)


@dataclass(frozen=True, eq=False)
class RidgeFit:
    """Coefficients, shape ``(p + 1,)``, the intercept first.

    Attributes:
        explained: Share of the variance of rows out of fold; below 0 where the mean does better.
        residual_std: Of rows out of fold.
    """

    coefficients: Doubles
    explained: float
    residual_std: float


@dataclass(frozen=True, eq=False)
class _Sums:
    """Of a fold: rows, products of columns ``(p + 1, p + 1)`` and with the target, the target's squares."""

    rows: int
    gram: Doubles
    target: Doubles
    squares: float

    def minus(self, other: _Sums) -> _Sums:
        return _Sums(
            self.rows - other.rows,
            self.gram - other.gram,
            self.target - other.target,
            self.squares - other.squares,
        )

    def fitted(self, strength: float) -> Doubles:
        penalty = np.full(len(self.target), strength)
        # The intercept is not shrunk: the mean estimate is the mean.
        penalty[0] = 0.0
        found = np.linalg.solve(self.gram + np.diag(penalty), self.target)
        return found.astype(np.float64)

    def squared_error(self, coefficients: Doubles) -> float:
        return float(self.squares - 2 * coefficients @ self.target + coefficients @ self.gram @ coefficients)


def fit_ridge(codes: Sequence[IndexArray], sizes: Sequence[int], target: Doubles) -> RidgeFit:
    """Fit a target by indicators of groups.

    Args:
        codes: For each column the group of each row, shape ``(n,)``; -1 for none.
        sizes: For each column how many groups it has.
        target: Shape ``(n,)``, of at least `FOLDS` rows.
    """
    centre = float(target.mean())
    folds = [_sums(codes, sizes, target - centre, fold=fold) for fold in range(FOLDS)]
    whole = _Sums(
        sum(one.rows for one in folds),
        np.sum([one.gram for one in folds], axis=0),
        np.sum([one.target for one in folds], axis=0),
        sum(one.squares for one in folds),
    )
    rests = [whole.minus(fold) for fold in folds]
    missed = [_missed(folds, rests, strength) for strength in STRENGTHS]
    best = int(np.argmin(missed))
    coefficients = whole.fitted(STRENGTHS[best])
    coefficients[0] += centre
    plain = sum(_about(fold, rest.target[0] / rest.rows) for fold, rest in zip(folds, rests, strict=True))
    return RidgeFit(
        coefficients=coefficients,
        explained=1 - missed[best] / plain if plain > 0 else 0.0,
        residual_std=float(np.sqrt(max(missed[best], 0.0) / len(target))),
    )


def _sums(codes: Sequence[IndexArray], sizes: Sequence[int], target: Doubles, *, fold: int) -> _Sums:
    rows = slice(fold, None, FOLDS)
    y = target[rows]
    columns = np.zeros((len(y), 1 + sum(sizes)))
    columns[:, 0] = 1.0
    start = 1
    for code, size in zip(codes, sizes, strict=True):
        chosen = np.flatnonzero(code[rows] >= 0)
        columns[chosen, start + code[rows][chosen]] = 1.0
        start += size
    return _Sums(len(y), columns.T @ columns, columns.T @ y, float(y @ y))


def _missed(folds: Sequence[_Sums], rests: Sequence[_Sums], strength: float) -> float:
    """Return the squared error of all rows, each by the fit on the other folds."""
    return sum(fold.squared_error(rest.fitted(strength)) for fold, rest in zip(folds, rests, strict=True))


def _about(fold: _Sums, mean: float) -> float:
    return float(fold.squares - 2 * mean * fold.target[0] + fold.rows * mean * mean)
