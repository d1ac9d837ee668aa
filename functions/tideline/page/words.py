"""Numbers and names as a reader of a card should find them."""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC, datetime

from tideline.domain.evaluation.groups.fairness import FairnessMetric
from tideline.domain.evaluation.inference.interval import Interval

NOTHING = "\N{EN DASH}"
_LARGE = 1000
_BITS = 1024
# Of an interval without width, and of one that is very narrow.
_DECIMALS = 4
_MOST_DECIMALS = 7

METRICS = {
    "roc_auc": "chance that a positive row is ranked above a negative one; 0.5 is guessing, 1 is perfect",
    "average_precision": "mean precision over all recalls; guessing gives the share of positives",
    "neg_log_loss": "minus the log loss of the probabilities; nearer to 0 is better",
    "neg_brier_score": "minus the mean squared error of the probabilities; nearer to 0 is better",
    "accuracy": "share of rows answered rightly",
    "balanced_accuracy": "mean over the classes of the share of their rows answered rightly",
    "f1": "harmonic mean of precision and recall of the positive class",
    "f1_macro": "mean over the classes of the harmonic mean of precision and recall",
    "neg_root_mean_squared_error": "minus the root of the mean squared error, in the target's unit",
    "neg_mean_absolute_error": "minus the mean absolute error, in the target's unit",
    "neg_mean_squared_error": "minus the mean squared error, in the target's unit squared",
    "r2": "share of the target's variance that is explained; 0 is the mean, 1 is perfect",
}
RATES: dict[FairnessMetric, str] = {
    "selection_rate": "share of the group's rows that are answered positive",
    "true_positive_rate": "share of the group's positive rows that are answered positive",
    "false_positive_rate": "share of the group's negative rows that are answered positive",
    "mean_error": "mean of predicted less true values of the group, in the target's unit",
}


def number(value: float | None, *, digits: int = 4) -> str:
    """Return ``0.9213`` or ``12,345.6``; a dash for None."""
    if value is None:
        return NOTHING
    text = f"{value:,.1f}" if abs(value) >= _LARGE else f"{value:.{digits}g}"
    return _minus(text)


def signed(value: float | None) -> str:
    """Return ``+0.0123``, three digits."""
    if value is None:
        return NOTHING
    return _minus(f"{value:+,.1f}" if abs(value) >= _LARGE else f"{value:+.3g}")


def point(interval: Interval | None) -> str:
    """Return the estimate with as many decimals as its interval supports."""
    return NOTHING if interval is None else _fixed(interval.estimate, interval)


def span(interval: Interval | None) -> str:
    """Return ``0.91 to 0.93``: bounds with two digits of their distance, as more would be noise."""
    if interval is None:
        return NOTHING
    return f"{_fixed(interval.low, interval)} to {_fixed(interval.high, interval)}"


def difference(interval: Interval | None) -> str:
    """Return ``+0.012 (+0.008 to +0.016)``."""
    if interval is None:
        return NOTHING
    estimate, low, high = (
        _fixed(value, interval, sign="+") for value in (interval.estimate, interval.low, interval.high)
    )
    return f"{estimate} ({low} to {high})"


def measured(interval: Interval | None) -> str:
    """Return ``0.92 (0.91 to 0.93)``."""
    return NOTHING if interval is None else f"{point(interval)} ({span(interval)})"


def percent(share: float) -> str:
    """Return ``12.3 %``."""
    return f"{share * 100:.3g} %"


def count(value: int, noun: str, plural: str | None = None) -> str:
    """Return ``1 row`` or ``1,200 rows``."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def size(size_bytes: int) -> str:
    """Return ``900 B``, ``12.3 KiB`` or ``4.1 MiB``."""
    if size_bytes < _BITS:
        return f"{size_bytes} B"
    return f"{size_bytes / _BITS:.1f} KiB" if size_bytes < _BITS**2 else f"{size_bytes / _BITS**2:.1f} MiB"


def moment(at: datetime) -> str:
    """Return ``2026-01-31 09:30 UTC``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def listed(items: tuple[str, ...] | list[str], *, most: int) -> str:
    """Return ``a, b and 3 more``."""
    shown, more = list(items[:most]), len(items) - most
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def printable(text: str) -> str:
    """Return the text with every character that shows nothing, or turns others around, made visible.

    Feature names and object keys are whatever somebody dropped: a control character breaks XML, and one
    that reverses direction makes a name look like another.
    """
    return "".join("\N{REPLACEMENT CHARACTER}" if _unseen(character) else character for character in text)


def _unseen(character: str) -> bool:
    return not (character.isprintable() or character == "\n" or unicodedata.category(character) == "Zs")


def _fixed(value: float, interval: Interval, *, sign: str = "") -> str:
    width = interval.high - interval.low
    decimals = 1 - math.floor(math.log10(width)) if width > 0 else _DECIMALS
    return _minus(f"{value:{sign},.{min(max(decimals, 0), _MOST_DECIMALS)}f}")


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")
