"""The explanation file, read strictly: `tideline.adapters.training.explanation_file` writes it.

Nothing in it can run, and nothing in it says how much memory to take: arrays are as long as their bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from tideline.errors import ArtifactInvalid

# A forest of 1,000 trees with 255 leaves is 13 MB.
MAX_FILE_BYTES = 32 * 1024 * 1024

Doubles: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]


class FeatureReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the model reads a feature: as a number, or as a category's place in the vocabulary."""

    name: str
    type: Literal["number", "category"]
    vocabulary: tuple[str, ...] = ()


class ForestFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="forest", tag_field="kind"):
    """Trees in flat arrays, see `tideline.adapters.training.forest_explanation`; bytes are base64."""

    format: Literal[1]
    features: tuple[FeatureReading, ...]
    offsets: bytes
    outputs: bytes
    splits: bytes
    feature: bytes
    threshold: bytes
    is_category: bytes
    missing_left: bytes
    left: bytes
    right: bytes
    split_rows: bytes
    leaf_values: bytes
    leaf_rows: bytes
    member_counts: bytes
    members: bytes


class LinearFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="linear", tag_field="kind"):
    """Weights, see `tideline.adapters.training.linear_explanation`; bytes are base64."""

    format: Literal[1]
    features: tuple[FeatureReading, ...]
    intercept: bytes
    mean: bytes
    factor: bytes
    number_weights: bytes
    missing_weights: bytes
    level_weights: bytes
    expected: bytes


ExplanationFile: TypeAlias = ForestFile | LinearFile
_decoder: msgspec.json.Decoder[ExplanationFile] = msgspec.json.Decoder(ForestFile | LinearFile)


def read_file(content: bytes, *, sha256: str) -> ExplanationFile:
    """Read a file that is the registered one.

    Raises:
        ArtifactInvalid: saying which check failed.
    """
    if len(content) > MAX_FILE_BYTES:
        raise ArtifactInvalid(f"{len(content):,} bytes; at most {MAX_FILE_BYTES:,} are loaded")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ArtifactInvalid(f"its SHA-256 is {found}, registered was {sha256}")
    try:
        return _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactInvalid(f"it is no explanation: {error}") from error


def integers(content: bytes, kind: str) -> Integers:
    """Return an array of whole numbers; raises `ArtifactInvalid` where the bytes don't fill it."""
    return _array(content, kind).astype(np.int64)


def doubles(content: bytes, *shape: int) -> Doubles:
    """Return finite doubles in a shape, of which one side may be -1; raises `ArtifactInvalid`."""
    found = _array(content, "<f8").astype(np.float64)
    if not np.isfinite(found).all():
        raise ArtifactInvalid("it holds numbers that are not finite")
    try:
        return found.reshape(shape or (-1,))
    except ValueError as error:
        raise ArtifactInvalid("its arrays do not fit together") from error


def require(holds: object, what: str) -> None:
    """Raise `ArtifactInvalid`, saying what is wrong, unless something holds."""
    if not holds:
        raise ArtifactInvalid(what)


def _array(content: bytes, kind: str) -> NDArray[Any]:
    try:
        return np.frombuffer(content, dtype=np.dtype(kind))
    except ValueError as error:
        raise ArtifactInvalid("an array is cut off") from error
