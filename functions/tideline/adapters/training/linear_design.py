"""The columns of the linear model: standardized numbers, missing indicators, one-hot categories.

A missing number stands at its column's mean and has an indicator beside it. Every category has one
column more than values, for missing and unseen ones together: what training learned about missing
values is the best guess for a value that it never saw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tideline.adapters.training.arrays import Doubles, Matrix
from tideline.domain.encoding import Encoding


@dataclass(frozen=True)
class Layout:
    """Where a matrix has its numbers and categories, and each category its rows of weights.

    Attributes:
        numbers: Matrix columns that are numbers.
        categories: Matrix columns that are categories.
        offsets: For each category the row for missing; that of code c is ``offset + 1 + c``.
        levels: Rows of all categories together.
    """

    numbers: tuple[int, ...]
    categories: tuple[int, ...]
    offsets: tuple[int, ...]
    levels: int


def layout_of(encoding: Encoding) -> Layout:
    """Return the layout of matrices made with this encoding."""
    numbers = tuple(i for i, f in enumerate(encoding.features) if f.type == "number")
    categories = tuple(i for i, f in enumerate(encoding.features) if f.type == "category")
    sizes = [len(encoding.features[i].vocabulary) + 1 for i in categories]
    ends = np.cumsum(sizes, dtype=np.int64).tolist()
    return Layout(numbers, categories, offsets=tuple([0, *ends][: len(sizes)]), levels=sum(sizes))


@dataclass(frozen=True)
class Scaling:
    """Mean of each number and what to multiply the distance from it by; 0 for a constant."""

    mean: Doubles
    factor: Doubles

    def standardize(self, numbers: NDArray[np.floating]) -> Doubles:
        """Return ``(x - mean) * factor``, and 0 for missing."""
        standard = (numbers.astype(np.float64) - self.mean) * self.factor
        return np.where(np.isnan(numbers), 0.0, standard)


def scaling_of(matrix: Matrix, layout: Layout) -> Scaling:
    """Return mean and scale of the numbers, column by column, missing values left out."""
    columns = [_mean_and_factor(matrix[:, i]) for i in layout.numbers]
    pairs = np.array(columns, dtype=np.float64).reshape(-1, 2)
    return Scaling(mean=pairs[:, 0], factor=pairs[:, 1])


def _mean_and_factor(column: Matrix) -> tuple[float, float]:
    present = column[~np.isnan(column)].astype(np.float64)
    if not len(present):
        return 0.0, 0.0
    # Rounding gives a constant column a tiny deviation, hence the comparison of its ends.
    if present.min() == present.max():
        return float(present[0]), 0.0
    return float(present.mean()), float(1.0 / present.std())


def level_rows(matrix: Matrix, layout: Layout) -> NDArray[np.int64]:
    """Return for every row and category its row of weights, shape ``(n, n_categories)``."""
    codes = matrix[:, list(layout.categories)]
    return np.where(np.isnan(codes), 0, codes + 1).astype(np.int64) + np.array(layout.offsets, np.int64)


def design_columns(matrix: Matrix, layout: Layout, scaling: Scaling) -> sparse.csr_array:
    """Return numbers, missing indicators and levels side by side, ``(n, 2 * n_numbers + levels)``.

    One sparse matrix holds them all: its products run in one thread in a fixed order, while BLAS's
    result depends on its number of threads, which wait for one another at every step.
    """
    rows, count = len(matrix), len(layout.numbers)
    levels = level_rows(matrix, layout) + 2 * count
    places = np.hstack([np.broadcast_to(np.arange(count), (rows, count)), levels])
    standard = scaling.standardize(matrix[:, list(layout.numbers)])
    entries = np.hstack([standard, np.ones(levels.shape)])
    ends = np.arange(rows + 1) * entries.shape[1]
    shape = (rows, 2 * count + layout.levels)
    columns = sparse.csr_array((entries.ravel(), places.ravel().astype(np.int32), ends), shape=shape)
    at_row, at_number = np.nonzero(np.isnan(matrix[:, list(layout.numbers)]))
    ones = np.ones(len(at_row))
    return columns + sparse.csr_array((ones, (at_row, count + at_number)), shape=shape)
