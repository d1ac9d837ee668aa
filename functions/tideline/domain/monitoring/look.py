"""What a look is called, and which files it leaves: shared by who looks and who reads about it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

RECORD_FILE = "record.json"
REPORT_FILE = "report.html"
# The counts behind the record (`WindowCounts`), from which the page can be made again.
WINDOW_FILE = "window.json"
# Lies there once the world was told of the look.
TOLD_FILE = "told.json"

_CAUSE_DIGITS = 12


def look_name(at: datetime, cause: str) -> str:
    """Return a look's name, such as ``20261124T120000Z-0a1b2c3d4e5f``: names sort by time.

    The same event always gives the same name, so that looking twice overwrites and adds nothing.

    Args:
        at: When the event that asked for the look was sent.
        cause: The event's id.
    """
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{cause_digest(cause)}"


def cause_digest(cause: str) -> str:
    """Return the end of the name of the look that an event asked for."""
    return hashlib.sha256(cause.encode()).hexdigest()[:_CAUSE_DIGITS]
