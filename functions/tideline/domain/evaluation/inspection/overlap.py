"""Overlap: holdout rows that are training rows too, on which a model needs only remember."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import MAX_VOCABULARY, Encoding
from tideline.domain.evaluation.arrays import Flags, FloatArray
from tideline.domain.training.matrix import encode_matrix

_Hashes = NDArray[np.uint64]
# Rows encoded and hashed at once: they stay in the processor's cache, and all of them are never in memory.
_CHUNK_ROWS = 16_384
# An odd number near 2**64 divided by the golden ratio: multiplying by it mixes bits (Knuth, vol. 3, 6.4).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_NAN_BITS = np.uint32(0x7FC00000)


def overlapping_rows(
    columns: Mapping[str, NDArray[Any]],
    y: FloatArray,
    *,
    training: Iterable[tuple[FloatArray, FloatArray]],
    encoding: Encoding,
) -> int:
    """Count holdout rows that some training row equals in every feature and the target.

    Compared are 64-bit hashes of the encoded rows: among 100,000 holdout and 10 million training rows the
    chance that any two differing ones share a hash is below 1 in 10 million. A row with a category of which
    the encoding keeps no trace cannot be compared, and is not counted.

    Args:
        columns: The holdout's raw features by name, shape ``(n,)`` each.
        y: Its targets, shape ``(n,)``.
        training: Encoded features ``(m, n_features)`` and targets ``(m,)``, in parts.
        encoding: How they were encoded.
    """
    held = [
        _hash(encode_matrix({name: values[rows] for name, values in columns.items()}, encoding), y[rows])
        for rows in _chunks(len(y))
    ]
    trained = [
        _hash(x_part[rows], y_part[rows]) for x_part, y_part in training for rows in _chunks(len(y_part))
    ]
    found = np.isin(np.concatenate(held), np.concatenate(trained)) & _comparable(columns, encoding)
    return int(np.count_nonzero(found))


def overlap_warnings(count: int, *, rows: int, spec: ModelSpec) -> tuple[str, ...]:
    """Return what an overlap means under the spec's split, as a sentence; nothing where there is none."""
    if count == 0:
        return ()
    told = f"{count:,} of {rows:,} holdout rows equal training rows in every feature and the target"
    return (f"{told}{_meaning(spec)}",)


def _meaning(spec: ModelSpec) -> str:
    if spec.time is not None:
        return (
            f"; the split is by {spec.time!r}, so they may be other events that look the same. If they are"
            " the same events sent again under a later time, the holdout flatters the model"
        )
    if spec.entity is not None:
        return (
            f"; the split is by {spec.entity!r}, so they belong to other entities that look the same. If they"
            " are the same entities under new names, the holdout flatters the model"
        )
    return (
        ", which a split by the hash of the features rules out: either the spec had other features or another"
        " split when the holdout began, or the holdout is broken and no metric on it can be trusted"
    )


def _comparable(columns: Mapping[str, NDArray[Any]], encoding: Encoding) -> Flags:
    """Tell which rows the encoding keeps whole.

    A missing code may stand for any text beyond the vocabulary: in the holdout the raw text tells, in
    training rows it may be one wherever the vocabulary is full.
    """
    kept = np.ones(len(next(iter(columns.values()))), dtype=np.bool_)
    for feature in encoding.features:
        if feature.type == "category":
            full = len(feature.vocabulary) == MAX_VOCABULARY
            values = columns[feature.name]
            kept &= np.isin(values, np.array(feature.vocabulary, dtype=np.str_)) | (
                (values == "") & (not full)
            )
    return kept


def _chunks(rows: int) -> list[slice]:
    return [slice(start, start + _CHUNK_ROWS) for start in range(0, rows, _CHUNK_ROWS)]


def _hash(x: FloatArray, y: FloatArray) -> _Hashes:
    mixed = np.zeros(len(y), dtype=np.uint64)
    for column in (*x.T, y):
        mixed = (mixed ^ _bits(column)) * _GOLDEN
        mixed ^= mixed >> _SHIFT
    return mixed


def _bits(column: FloatArray) -> NDArray[np.uint32]:
    """Return float32s as whole numbers, equal for equal values: one zero, and one missing value."""
    values = column.astype(np.float32) + np.float32(0)
    bits = values.view(np.uint32)
    bits[np.isnan(values)] = _NAN_BITS
    return bits
