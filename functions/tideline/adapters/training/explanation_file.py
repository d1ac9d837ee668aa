"""The file beside an artifact from which contributions of features are computed: plain JSON, stable bytes.

Arrays are little-endian and in base64, so that reading them is neither slow nor able to run anything.
JSON rather than msgpack, for it is written where msgspec isn't installed, in the layers that train.
`tideline.explaining` reads it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.encoding import Encoding

FORMAT_VERSION = 1


def explanation_file(kind: str, parts: Mapping[str, object], *, encoding: Encoding) -> bytes:
    """Return the file; equal parts give equal bytes.

    Args:
        kind: ``forest`` or ``linear``: which reader understands the parts.
        parts: Fields of that kind; arrays are packed with `packed`.
        encoding: How the model reads features.
    """
    features = [
        {"name": feature.name, "type": feature.type, "vocabulary": feature.vocabulary}
        for feature in encoding.features
    ]
    document = {"kind": kind, "format": FORMAT_VERSION, "features": features, **parts}
    return json.dumps(document, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


def packed(array: NDArray[Any], kind: str) -> str:
    """Return an array's bytes, row after row, in base64; `kind` is NumPy's, such as ``<f8``."""
    return base64.b64encode(np.ascontiguousarray(array).astype(np.dtype(kind)).tobytes()).decode()
