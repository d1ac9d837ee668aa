"""Identifiers of predictions: UUIDs of version 7 (RFC 9562), which sort by time."""

from __future__ import annotations

import re

# A call's instances are told apart by the 12 bits after the version: more than a call may bring.
MAX_IN_A_CALL = 4_096
RANDOM_BYTES = 8
_VARIANT = "89ab"
_VERSION_7 = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def prediction_ids(count: int, *, at_ms: int, random: bytes) -> list[str]:
    """Return identifiers that sort by time and, within a call, by position.

    Args:
        count: At most `MAX_IN_A_CALL`.
        at_ms: Milliseconds since the epoch.
        random: `RANDOM_BYTES` bytes; sixty-two bits of it tell calls of one millisecond apart.
    """
    if count > MAX_IN_A_CALL:
        raise ValueError(f"{count} predictions in one call, at most {MAX_IN_A_CALL}")
    moment = f"{at_ms:012x}"
    digits = random.hex()
    head = f"{moment[:8]}-{moment[8:]}-7"
    tail = f"-{_VARIANT[random[0] >> 6]}{digits[1:4]}-{digits[4:]}"
    return [f"{head}{position:03x}{tail}" for position in range(count)]


def made_at_ms(prediction_id: str) -> int:
    """Return when a prediction was made, in milliseconds since the epoch.

    Raises:
        ValueError: it is no identifier that `prediction_ids` made.
    """
    found = _VERSION_7.fullmatch(prediction_id.lower())
    if found is None:
        raise ValueError(f"{prediction_id!r} is not the id of a prediction")
    return int(found[1] + found[2], 16)
