"""Names for the arrays and functions that statistics pass around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# What comes in: targets, probabilities, values, of any precision.
FloatArray: TypeAlias = NDArray[np.floating[Any]]
# What is computed with.
Doubles: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
IndexArray: TypeAlias = NDArray[np.intp]

# Row weights of shape (b, n), none negative, to one value a weighting, shape (b,); NaN where undefined.
Statistic: TypeAlias = Callable[[Doubles], Doubles]
