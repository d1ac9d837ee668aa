"""A wish to go back: of a person who says so, or of an alarm."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from tideline.domain.value import Value


class RollbackWish(Value):
    """What is wanted.

    Attributes:
        event_id: Makes the same wish, delivered twice, recognisable.
        sent_at: When it was made: what began later cannot have been meant.
        version: Go back only if this is the version that is being released or live.
    """

    model: str
    event_id: str
    sent_at: datetime
    by: Literal["request", "alarm"] = "request"
    version: int | None = None
    reason: str = ""
    requested_by: str = ""


class RollbackAsked(Value):
    """What a caller is told whose wish to go back is on the bus.

    Attributes:
        requested_by: The caller's ARN, as IAM proved it.
    """

    model: str
    version: int | None
    reason: str
    requested_by: str
    event_id: str
