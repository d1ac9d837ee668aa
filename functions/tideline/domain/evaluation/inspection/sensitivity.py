"""Sensitivity: what a model answers when a feature fails to come, or comes with a category it never saw.

Both happen in production all at once, when a source breaks or renames its values, so every row is changed.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.evaluation.inspection.findings import Sensitivity
from tideline.domain.evaluation.inspection.probe import Probe

Kind: TypeAlias = Literal["missing", "unseen"]


def sensitivities(probe: Probe, *, encoding: Encoding, features: Collection[str]) -> tuple[Sensitivity, ...]:
    """Return a finding for each feature missing, and for each category unseen, in the encoding's order."""
    return tuple(
        finding
        for feature in encoding.features
        if feature.name in features
        for finding in _findings(probe, feature)
    )


def _findings(probe: Probe, feature: FeatureEncoding) -> list[Sensitivity]:
    rows = len(probe.y)
    if feature.type == "number":
        return [_finding(probe, feature, "missing", np.full(rows, np.nan, dtype=np.float32))]
    return [
        _finding(probe, feature, "missing", np.full(rows, "")),
        _finding(probe, feature, "unseen", np.full(rows, _unseen(feature))),
    ]


def _finding(probe: Probe, feature: FeatureEncoding, kind: Kind, values: NDArray[Any]) -> Sensitivity:
    raw = probe.answers_with(feature.name, values)
    change = np.abs(raw.astype(np.float64) - probe.raw)
    return Sensitivity(
        feature=feature.name, kind=kind, mean_change=float(change.mean()), drop=probe.drop(raw)
    )


def _unseen(feature: FeatureEncoding) -> str:
    """Return a text that is not in the vocabulary: longer than all of it."""
    return "?" * (1 + max(map(len, feature.vocabulary), default=0))
