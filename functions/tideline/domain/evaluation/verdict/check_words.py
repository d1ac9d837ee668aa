"""How checks say their numbers, and the three answers that a check can give."""

from __future__ import annotations

from typing import Literal

from tideline.domain.evaluation.inference.interval import Interval

Outcome = Literal["passed", "failed", "inconclusive"]
# Reasons travel in the workflow's state (256 KB), in events and in the table's items: a check's sentence
# has some 200 characters unless a spec's names are long.
MAX_REASON = 600


def number(value: float) -> str:
    """Write a number for a person: four digits, or written out from 1,000."""
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004 readable either way


def change(interval: Interval) -> str:
    """Write a difference with its sign and its interval."""
    return f"{interval.estimate:+.4g}, {bounds(interval)}"


def value(interval: Interval) -> str:
    """Write a value with its interval."""
    return f"{number(interval.estimate)} ({bounds(interval)})"


def bounds(interval: Interval) -> str:
    """Write an interval alone."""
    return f"{interval.confidence * 100:g} % interval {number(interval.low)} to {number(interval.high)}"


def shortened(text: str) -> str:
    """Cut a sentence that is too long to travel."""
    return text if len(text) <= MAX_REASON else f"{text[: MAX_REASON - 1]}…"
