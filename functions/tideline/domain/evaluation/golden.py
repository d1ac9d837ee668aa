"""Golden rows: requests with known answers, which a candidate must give before any traffic reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.evaluation.arrays import Flags, FloatArray, IndexArray
from tideline.domain.evaluation.parity import TOLERANCE
from tideline.domain.release.deployment import FeatureSignature, Signature
from tideline.domain.value import Value
from tideline.errors import TrainingImpossible

GOLDEN_ROWS = 20
Cell = float | str | None


class GoldenRows(Value):
    """What to ask a version, and what it must answer.

    Attributes:
        sha256: Of the artifact that gave the answers.
        instances: Raw features, None where missing; every row is valid under `signature`.
        expected: Raw outputs: probabilities in the order of the classes, or one value.
        tolerance: Largest absolute difference.
    """

    sha256: str
    signature: Signature
    instances: tuple[dict[str, Cell], ...]
    expected: tuple[tuple[float, ...], ...]
    tolerance: float


def golden_rows(
    signature: Signature, *, sha256: str, columns: Mapping[str, NDArray[Any]], raw: FloatArray
) -> GoldenRows:
    """Choose holdout rows, spread evenly over the model's answers.

    Args:
        signature: What a request must satisfy.
        sha256: Of the artifact.
        columns: Raw features by name, shape ``(n,)`` each.
        raw: The artifact's outputs on these rows, shape ``(n, k)``.

    Raises:
        TrainingImpossible: if no row would be taken as a request.
    """
    valid = np.flatnonzero(
        np.all([_valid(columns[feature.name], feature) for feature in signature.features], axis=0)
    )
    if not len(valid):
        raise TrainingImpossible("the spec's rules for features refuse every row of the holdout")
    chosen = _spread(valid, by=raw[:, -1])
    return GoldenRows(
        sha256=sha256,
        signature=signature,
        instances=tuple(
            {feature.name: _cell(columns[feature.name][row]) for feature in signature.features}
            for row in chosen
        ),
        expected=tuple(tuple(float(value) for value in raw[row]) for row in chosen),
        tolerance=TOLERANCE * max(1.0, float(np.abs(raw[chosen]).max())),
    )


def _spread(rows: IndexArray, *, by: FloatArray) -> IndexArray:
    ordered = rows[np.argsort(by[rows], kind="stable")]
    places = np.linspace(0, len(ordered) - 1, min(GOLDEN_ROWS, len(ordered))).round().astype(np.intp)
    return ordered[places]


def _valid(values: NDArray[Any], rule: FeatureSignature) -> Flags:
    if rule.type == "category":
        present = values != ""
        allowed = np.isin(values, rule.values) if rule.values is not None else present
    else:
        present = ~np.isnan(values)
        allowed = _within(values, low=rule.min, high=rule.max)
    optional = np.full(len(values), not rule.required)
    valid: Flags = allowed | (~present & optional)
    return valid


def _within(values: NDArray[np.float32], *, low: float | None, high: float | None) -> Flags:
    """Tell which numbers lie within the bounds, inclusive, as they are spelt in a request.

    Spelling matters at the bounds alone: 0.1 as a float32 is more than 0.1.
    """
    least, most = -np.inf if low is None else low, np.inf if high is None else high
    inside: Flags = (
        np.isfinite(values) & (values.astype(np.float64) >= least) & (values.astype(np.float64) <= most)
    )
    for bound in (low, high):
        if bound is not None and abs(bound) <= float(np.finfo(np.float32).max):
            rounded = np.float32(bound)
            inside[values == rounded] = least <= float(str(rounded)) <= most
    return inside


def _cell(value: Any) -> Cell:
    """Spell a value for JSON; a float32 by its shortest decimal, which reads back as the same float32."""
    if isinstance(value, str):
        return str(value) or None
    return None if np.isnan(value) else float(str(value))
