"""Compare the artifact with the trainer that made it."""

from __future__ import annotations

import numpy as np

from tideline.domain.evaluation.arrays import FloatArray
from tideline.domain.evaluation.parity import TOLERANCE, Parity
from tideline.errors import ParityBroken


def check_parity(artifact: FloatArray, native: FloatArray, *, allowed: float = TOLERANCE) -> Parity:
    """Compare two models' outputs, both of shape ``(n, k)``.

    Differences count in units of the answer itself where it exceeds 1: the artifact answers in float32,
    which at 200,000 cannot tell values closer than 0.016.

    Raises:
        ParityBroken: if they differ by more than `allowed`, in shape, or in a value that is no number.
    """
    if artifact.shape != native.shape:
        raise ParityBroken(float("inf"), allowed)
    scale = np.maximum(1.0, np.abs(native.astype(np.float64)))
    largest = float(np.max(np.abs(artifact.astype(np.float64) - native) / scale))
    if not largest <= allowed:
        raise ParityBroken(largest, allowed)
    return Parity(largest_difference=largest, allowed=allowed, rows=len(native))
