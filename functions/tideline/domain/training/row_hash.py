"""A row's hash, the same on every machine and in every version of every library.

It is the SHA-256 of a canonical text of some of the row's values. DuckDB computes it while it reads
(`tideline.adapters.preparation.row_sql`); the functions here are its definition, and tests hold the two
together. Three parts of the digest are used, each for one decision, so that the decisions are independent:

    digest[0:8]    whether the row is held out
    digest[8:16]   whether a training row is a validation row
    digest[16:32]  the row's id

Numbers count as float32, as models see them: two rows that no model can tell apart have one hash, and a
number keeps its hash when it comes back through a file format of lesser precision.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Sequence
from typing import Literal

from tideline.domain.value import Value

KeyType = Literal["number", "category", "time"]
KeyValue = float | str | int | None

# A fifth of all eight-digit hexadecimal numbers is below this: 0.2 * 2**32.
ONE_FIFTH = "33333333"
# The two spellings of zero in float32.
_ZERO, _MINUS_ZERO = "00000000", "80000000"


class KeyColumn(Value):
    """A column that goes into a hash, and how its values are read."""

    name: str
    type: KeyType


def row_digest(values: Sequence[KeyValue], columns: Sequence[KeyColumn]) -> str:
    """Return the digest of a row, 64 hexadecimal digits.

    Args:
        values: One for each column: a number, a text, or for a time microseconds since 1970 (UTC).
        columns: Decides how each value is written down.
    """
    texts = (_canonical(value, column.type) for value, column in zip(values, columns, strict=True))
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def is_held_out(digest: str) -> bool:
    """Tell whether a row with this digest is in the holdout: one in five is."""
    return digest[:8] < ONE_FIFTH


def is_validation(digest: str) -> bool:
    """Tell whether a training row with this digest is for validation: one in five is."""
    return digest[8:16] < ONE_FIFTH


def row_id(digest: str) -> int:
    """Return a row's id, 64 bits."""
    return int(digest[16:32], 16)


def _canonical(value: KeyValue, kind: KeyType) -> str:
    """Write a value down so that no two rows share a text: each form tells where it ends."""
    if value is None or value == "":
        return "-"
    if kind == "category":
        text = str(value)
        return f"s{len(text.encode())}:{text}"
    if kind == "time":
        return f"t{value};"
    return _number(float(value))


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "-"
    try:
        written = struct.pack(">f", value).hex().upper()
    except OverflowError:
        return "-"
    return "n" + (_ZERO if written == _MINUS_ZERO else written)
