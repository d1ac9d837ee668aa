"""How the judge's checks say their numbers."""

from __future__ import annotations

from tideline.domain.evaluation.verdict.check_words import number


def percent(share: float) -> str:
    """Write a share, such as ``12.5 %``."""
    return f"{share * 100:.3g} %"


def points(low: float, high: float) -> str:
    """Write an interval of a difference of shares, in percentage points."""
    return f"{low * 100:+.3g} to {high * 100:+.3g} points"


def milliseconds(value: float) -> str:
    """Write a latency."""
    return f"{number(value)} ms"
