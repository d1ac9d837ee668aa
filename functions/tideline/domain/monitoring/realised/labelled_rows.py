"""Answers beside what turned out to be true: what realised quality is measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class LabelledRows:
    """Answers of one version in a period, with what turned out to be true where it is known.

    Attributes:
        ids: Prediction ids, shape (n,), ascending.
        times: When each was answered, in UTC, shape (n,), datetime64[ms].
        scores: Raw outputs, shape (n, k): the positive class's probability for a binary task (k = 1), every
            class's for multiclass, the value for a regression.
        y: Class index or number, shape (n,), NaN where it is not known.
        slices: Features to cut by, object arrays of shape (n,), None for missing.
    """

    ids: NDArray[Any]
    times: NDArray[np.datetime64]
    scores: NDArray[np.float64]
    y: NDArray[np.float64]
    slices: Mapping[str, NDArray[Any]]
