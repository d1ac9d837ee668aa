"""Tensors as lists of Python values, from JSON or from the bytes behind it, and back."""

from __future__ import annotations

import array
import math
import struct
import sys
from collections.abc import Sequence
from typing import Any

from tideline.serving.open_inference.messages import InputTensor
from tideline.serving.problems import Problem
from tideline.serving.requests import check_count

# Codes of the standard library's arrays; all are little-endian on the wire.
_CODES = {
    "BOOL": "b",
    "FP32": "f",
    "FP64": "d",
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "INT64": "q",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "UINT64": "Q",
}
_TEXTS = "BYTES"
_LENGTH = struct.Struct("<I")
_COLUMN = 2
_SHOWN_SIZES = 8


def column(tensor: InputTensor, *, packed: bytes | None) -> list[Any]:
    """Return a tensor's values, one a row; missing is None: null in JSON, NaN among floats.

    Args:
        tensor: Of shape ``[n]`` or ``[n, 1]``.
        packed: Its bytes where it has no data in JSON.

    Raises:
        Problem: 413 for too many rows, 422 where shape, datatype and data do not fit.
    """
    rows = _rows(tensor)
    if tensor.datatype not in _CODES and tensor.datatype != _TEXTS:
        known = ", ".join([*sorted(_CODES), _TEXTS])
        raise _wrong(tensor, f"the datatype {tensor.datatype[:32]!r} is none of {known}")
    values = _flat(tensor) if packed is None else _unpacked(tensor, packed)
    if len(values) != rows:
        raise _wrong(tensor, f"{len(values):,} values for the shape {tensor.shape}")
    return [None if isinstance(value, float) and math.isnan(value) else value for value in values]


def pack(values: Sequence[Any], datatype: str) -> bytes:
    """Return a tensor as it goes behind the JSON."""
    if datatype == _TEXTS:
        encoded = [str(value).encode() for value in values]
        return b"".join(_LENGTH.pack(len(text)) + text for text in encoded)
    return _little(array.array(_CODES[datatype], values))


def _rows(tensor: InputTensor) -> int:
    shape = tensor.shape
    if not shape or len(shape) > _COLUMN or shape[0] < 0 or shape[1:] not in ([], [1]):
        raise _wrong(tensor, f"the shape is {shape[:_SHOWN_SIZES]}; it has to be [n] or [n, 1]")
    # Before a mapping is made for each row: a byte of a packed tensor would take some two hundred.
    check_count(shape[0])
    return shape[0]


def _flat(tensor: InputTensor) -> list[Any]:
    """Return values that may lie in lists of one, as the shape ``[n, 1]`` may be written."""
    if tensor.data is None:
        raise _wrong(tensor, "there is neither `data` nor `parameters.binary_data_size`")
    found = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in tensor.data]
    for value in found:
        _require_type(tensor, value)
    return found


def _require_type(tensor: InputTensor, value: object) -> None:
    if value is None:
        return
    wanted: tuple[type, ...] = (int, float)
    if tensor.datatype == _TEXTS:
        wanted = (str,)
    elif tensor.datatype == "BOOL":
        wanted = (bool,)
    elif not tensor.datatype.startswith("FP"):
        wanted = (int,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise _wrong(tensor, f"its data holds {str(value)[:32]!r}, which is no {tensor.datatype}")


def _unpacked(tensor: InputTensor, packed: bytes) -> list[Any]:
    if tensor.datatype == _TEXTS:
        return _texts(tensor, packed)
    values = array.array(_CODES[tensor.datatype])
    try:
        values.frombytes(packed)
    except ValueError as error:
        raise _wrong(tensor, f"its {len(packed):,} bytes are no whole number of values") from error
    if sys.byteorder == "big":
        values.byteswap()
    return [bool(value) for value in values] if tensor.datatype == "BOOL" else values.tolist()


def _texts(tensor: InputTensor, packed: bytes) -> list[str]:
    texts, place = [], 0
    while place < len(packed):
        try:
            (length,) = _LENGTH.unpack_from(packed, place)
            text = packed[place + _LENGTH.size : place + _LENGTH.size + length].decode()
        except (struct.error, UnicodeDecodeError) as error:
            raise _wrong(tensor, "its bytes are no texts with their lengths") from error
        place += _LENGTH.size + length
        texts.append(text)
    if place != len(packed):
        raise _wrong(tensor, "its last text is cut off")
    return texts


def _little(values: array.array[Any]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _wrong(tensor: InputTensor, reason: str) -> Problem:
    return Problem(422, f"input {tensor.name[:128]!r}: {reason}")
