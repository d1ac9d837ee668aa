"""Parity: the artifact must answer as the trainer that made it does."""

from __future__ import annotations

from tideline.domain.value import Value

# Float32 sums of a few hundred trees differ by some 1e-7; a row that takes another branch by far more.
TOLERANCE = 1e-4


class Parity(Value):
    """How far the artifact is from its trainer on the holdout, and how far it may be."""

    largest_difference: float
    allowed: float
    rows: int
