"""Names for the arrays and functions that statistics pass around."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.floating]
IndexArray: TypeAlias = NDArray[np.intp]

# Row weights of shape (b, n), none negative, to one value a weighting, shape (b,); NaN where undefined.
Statistic: TypeAlias = Callable[[FloatArray], FloatArray]
