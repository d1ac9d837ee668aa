"""What a rule says that does not let a run start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Hold:
    """Why not now.

    Attributes:
        explanation: A sentence for a person, without a full stop.
        until: From when on the rule lets a run start by itself (inclusive); None where only something
            else that happens can change it.
    """

    explanation: str
    until: datetime | None = None


def moment(at: datetime) -> str:
    """Return a time in UTC, which is what all of Tideline's are in, as people read it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
