"""Numbers, times and sizes as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_KILO = 1000
_MOST_DECIMALS = 7


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return ``1 row`` or ``1,200 rows``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def spaced(code: str) -> str:
    """Return ``rolled back`` for ``rolled_back``."""
    return code.replace("_", " ")


def duration(seconds: float) -> str:
    """Return ``0.4 s``, ``12 s``, ``3 min 20 s`` or ``2 h 5 min``."""
    if seconds < 10:  # noqa: PLR2004 below that a tenth is worth showing
        return f"{seconds:.1f} s"
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{int(seconds) // _MINUTE} min {int(seconds) % _MINUTE} s"
    return f"{int(seconds) // _HOUR} h {int(seconds) % _HOUR // _MINUTE} min"


def ago(then: datetime | None, *, now: datetime | None = None) -> str:
    """Return ``just now``, ``5 min ago``, ``3 h ago`` or the date."""
    if then is None:
        return ""
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if seconds < 5:  # noqa: PLR2004
        return "just now"
    if seconds < _MINUTE:
        return f"{seconds:.0f} s ago"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR:.0f} h ago"
    return f"{then:%Y-%m-%d %H:%M}"


def size(size_bytes: int) -> str:
    """Return ``340 B``, ``12.5 kB`` or ``1.2 GB``."""
    value, units = float(size_bytes), ["B", "kB", "MB", "GB", "TB"]
    while value >= _KILO and len(units) > 1:
        value /= _KILO
        units.pop(0)
    return f"{value:.0f} {units[0]}" if units[0] == "B" else f"{value:.1f} {units[0]}"


def dollars(value: float | None) -> str:
    """Return ``$1.25``, ``$0.0042`` or ``under $0.0001``; nothing where it is not known."""
    if value is None:
        return ""
    if 0 < value < 0.0001:  # noqa: PLR2004 less is of no interest to anybody
        return "under $0.0001"
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.4f}"


def score(value: float | None) -> str:
    """Return a metric's value to four significant digits."""
    return "" if value is None else f"{value:.4g}"


def within(value: float, *, low: float, high: float, sign: str = "") -> str:
    """Return a value with two digits of its interval's width: more would be noise.

    Args:
        value: The estimate, or one of the bounds.
        low: Lower bound of the interval.
        high: Upper bound.
        sign: ``"+"`` for differences.
    """
    decimals = 1 - math.floor(math.log10(high - low)) if high > low else 4
    return f"{value:{sign}.{min(max(decimals, 0), _MOST_DECIMALS)}f}"


def bounds(low: float, high: float) -> str:
    """Return ``0.78 to 0.82``."""
    return " to ".join(within(bound, low=low, high=high) for bound in (low, high))
