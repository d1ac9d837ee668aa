"""What a look at a live version is called: after the event that asked for it, so that it is made once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime


def look_name(at: datetime, cause: str) -> str:
    """Return the name of a look; names sort by time.

    Args:
        at: When it was asked for: the event's own time, the same on every delivery.
        cause: The event's id.
    """
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{hashlib.sha256(cause.encode()).hexdigest()[:12]}"
