"""From raw feature columns to the matrix that trainers see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.encoding import Encoding, FeatureEncoding

Floats = NDArray[np.float32]


def encode_matrix(columns: Mapping[str, NDArray[Any]], encoding: Encoding) -> Floats:
    """Return the encoded features, shape ``(n, n_features)``, in the encoding's column order.

    Args:
        columns: Raw values by feature name, shape ``(n,)`` each: float32 with NaN for missing numbers,
            text with an empty one for missing categories.
        encoding: Types and vocabularies.
    """
    encoded = [_encode(columns[feature.name], feature) for feature in encoding.features]
    return np.column_stack(encoded)


def _encode(values: NDArray[Any], feature: FeatureEncoding) -> Floats:
    if feature.type == "number":
        return values.astype(np.float32)
    if not feature.vocabulary:
        return np.full(len(values), np.nan, dtype=np.float32)
    known = np.array(feature.vocabulary)
    order = np.argsort(known)
    place = np.searchsorted(known[order], values).clip(max=len(known) - 1)
    codes: Floats = order[place].astype(np.float32)
    codes[known[order][place] != values] = np.nan
    return codes
