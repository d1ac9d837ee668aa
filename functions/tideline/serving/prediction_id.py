"""Identifiers of predictions: UUIDs of version 7 (RFC 9562), which sort by time."""

from __future__ import annotations

# A call's instances are told apart by the 12 bits after the version: more than a call may bring.
MAX_IN_A_CALL = 4_096
RANDOM_BYTES = 8
_VARIANT = "89ab"


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
