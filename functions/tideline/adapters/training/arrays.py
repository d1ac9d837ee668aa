"""Names for what goes into a trainer and comes out of it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

# Shape (n_rows, n_features): numbers as they are, categories as codes; NaN = missing or unseen.
Matrix: TypeAlias = NDArray[np.float32]

# Shape (n_rows,): the class index, or the number.
Target: TypeAlias = NDArray[np.float32]

# Shape (n_rows, n_classes) of probabilities, or (n_rows, 1) of values.
Predictions: TypeAlias = NDArray[np.float32]

# What is computed with until then.
Doubles: TypeAlias = NDArray[np.float64]
