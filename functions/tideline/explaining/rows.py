"""From what the serving path has read of a request to the matrix that the trainer saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tideline.explaining.explanation_file import Doubles, FeatureReading, require
from tideline.serving.deployment import Signature
from tideline.serving.instances import ModelInput


class RowEncoder:
    """Encodes rows of one version; numbers are rounded to float32, as the artifact takes them.

    Args:
        features: In the order of the matrix.
        signature: Says in which order a `ModelInput` holds them.

    Raises:
        ArtifactInvalid: if these are other features than the signature's.
    """

    def __init__(self, features: Sequence[FeatureReading], signature: Signature) -> None:
        promised = {feature.name: feature.type for feature in signature.features}
        require({f.name: f.type for f in features} == promised, "it explains other features")
        require(len(features) == len(promised), "it names a feature twice")
        self._columns = {feature.name: place for place, feature in enumerate(features)}
        self._codes = {
            feature.name: {value: float(code) for code, value in enumerate(feature.vocabulary)}
            for feature in features
        }
        self._numbers = [self._columns[f.name] for f in signature.features if f.type == "number"]
        self._texts = [f.name for f in signature.features if f.type == "category"]

    def __call__(self, rows: Sequence[ModelInput]) -> Doubles:
        """Return shape ``(n, n_features)``: numbers, codes of categories, NaN for missing and unseen."""
        matrix = np.full((len(rows), len(self._columns)), np.nan)
        if self._numbers:
            matrix[:, self._numbers] = np.array([numbers for numbers, _ in rows], dtype=np.float32)
        for position, name in enumerate(self._texts):
            codes = self._codes[name]
            matrix[:, self._columns[name]] = [codes.get(texts[position], np.nan) for _, texts in rows]
        return matrix
