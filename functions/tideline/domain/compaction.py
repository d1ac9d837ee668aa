"""Which files of the prediction log are merged, and when: many small ones make every reader slow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import Field

from tideline.domain.keys import MODEL_NAME, predictions_day_prefix, predictions_prefix
from tideline.domain.value import Value

# CloudWatch Logs tries for up to a day to deliver, Lambda for hours: what comes later than this stays as it
# came, which costs readers time and nothing else.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html
WINDOW = timedelta(days=2)


class CompactionRequest(Value):
    """The first file of an hour has come: earlier hours of the model may be complete.

    Attributes:
        hour: The hour that began, in UTC.
    """

    model: str = Field(pattern=MODEL_NAME.pattern)
    hour: datetime


def days_to_look_at(model: str, now: datetime) -> tuple[str, ...]:
    """Return the lake prefixes of the days that hold the window's hours, oldest first."""
    days = int(WINDOW / timedelta(days=1))
    return tuple(predictions_day_prefix(model, now - timedelta(days=back)) for back in range(days, -1, -1))


def crowded_hours(model: str, keys: Iterable[str], now: datetime) -> tuple[tuple[str, ...], ...]:
    """Return the keys of each hour in the window, before the current one, that holds more than one file."""
    first, current = predictions_prefix(model, now - WINDOW), predictions_prefix(model, now)
    hours: dict[str, list[str]] = {}
    for key in sorted(keys):
        # Prefixes sort as their hours do.
        hour = key[: key.rindex("/") + 1]
        if first <= hour < current:
            hours.setdefault(hour, []).append(key)
    return tuple(tuple(files) for files in hours.values() if len(files) > 1)
