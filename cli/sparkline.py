"""Numbers as a line of little bars, for a cell of a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

BLOCKS = "▁▂▃▄▅▆▇█"
# For terminals that have no such characters: each one rises higher, or is darker, than the one before.
PLAIN = "_.-:=+*#"


def bars_of(console: Console) -> str:
    """Return the characters, lowest first, that a console can show."""
    try:
        BLOCKS.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return PLAIN if console.legacy_windows else BLOCKS


def sparkline(
    values: Sequence[float | None],
    *,
    bars: str = BLOCKS,
    low: float | None = None,
    high: float | None = None,
) -> str:
    """Return one character a value; a space where there is none.

    Args:
        values: In order.
        bars: Characters, lowest first.
        low: What the lowest character stands for, and all beneath it; the smallest value if left out.
        high: The same of the highest character and the largest value.
    """
    known = [value for value in values if value is not None]
    if not known:
        return " " * len(values)
    bottom = min(known) if low is None else low
    top = max(known) if high is None else high
    return "".join(
        " " if value is None else bars[_step(value, bottom, top, len(bars))] for value in values
    ).rstrip()


def _step(value: float, bottom: float, top: float, steps: int) -> int:
    if top <= bottom:
        return 0
    share = (value - bottom) / (top - bottom)
    return min(steps - 1, max(0, int(share * steps)))
