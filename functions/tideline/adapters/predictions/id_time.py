"""The time in a prediction's id, which ids that `tideline.serving.prediction_id` makes hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_VERSION_7 = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
# The first 48 bits are milliseconds since the epoch (RFC 9562, section 5.7).
_TIME_DIGITS = 13
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spelled_id(text: str) -> str:
    """Return, in SQL, an id as the log spells it: tools write the letters of a UUID in either case."""
    lower = f"lower(trim({text}))"
    return f"CASE WHEN regexp_full_match({lower}, '{_UUID}') THEN {lower} ELSE {text} END"


def id_time(prediction_id: str) -> str:
    """Return, in SQL, the TIMESTAMP in UTC at which a prediction was made, NULL for an id of another make."""
    digits = f"replace(left({prediction_id}, {_TIME_DIGITS}), '-', '')"
    return (
        f"CASE WHEN regexp_full_match({prediction_id}, '{_VERSION_7}') "
        f"THEN make_timestamp_ms(('0x' || {digits})::BIGINT) END"
    )


def made_at(prediction_id: str) -> datetime | None:
    """Return when a prediction was made, to the millisecond; None for an id of another make."""
    if re.fullmatch(_VERSION_7, prediction_id) is None:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=int(prediction_id[:_TIME_DIGITS].replace("-", ""), 16))
    except OverflowError:
        return None
