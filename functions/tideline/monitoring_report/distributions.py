"""A column then and now in few bars, for eyes: shares of the reference beside those of the window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tideline.domain.monitoring.counting.counts import (
    CategoryCounts,
    ColumnCounts,
    NumberCounts,
    OutputCounts,
)
from tideline.domain.training.profile import CategoryProfile, ColumnProfile, NumberProfile
from tideline.page.words import number

NUMBER_BARS = 16
CATEGORY_BARS = 7
_LOW, _HIGH = "0.01", "0.99"


@dataclass(frozen=True)
class Bar:
    """Shares of the rows with a value.

    Attributes:
        start: The smallest of the values, or the only one.
        end: The largest of them.
        strange: Values that the reference has none of.
    """

    start: str
    end: str
    then: float
    now: float
    strange: bool = False

    @property
    def label(self) -> str:
        """Which values."""
        return self.start if self.start == self.end else f"{self.start} to {self.end}"


def one_value(value: str, then: float, now: float, *, strange: bool = False) -> Bar:
    """Return a bar of one value, or of values that have one name."""
    return Bar(value, value, then, now, strange)


def column_bars(profile: ColumnProfile, counts: ColumnCounts | None, *, most: int = 0) -> tuple[Bar, ...]:
    """Return the bars of a feature; none where its kind is another one now, or nothing was counted.

    Args:
        profile: Of the reference.
        counts: Of the window; None shows the reference alone.
        most: Bars at most, but for those of strange values; 0 leaves it to the kind.
    """
    if isinstance(profile, NumberProfile) and (counts is None or isinstance(counts, NumberCounts)):
        return number_bars(profile, counts, most=most or NUMBER_BARS)
    if isinstance(profile, CategoryProfile) and (counts is None or isinstance(counts, CategoryCounts)):
        return _category_bars(profile, counts, most=most or CATEGORY_BARS)
    return ()


def number_bars(profile: NumberProfile, counts: NumberCounts | None, *, most: int) -> tuple[Bar, ...]:
    """Return bars of equal width over what lies between the hundredths; the outermost hold the tails.

    Within a bin of the reference values are taken to lie evenly. A column with few values has a bar for each.
    """
    if not profile.counts or profile.min is None or profile.max is None:
        return ()
    if counts is not None and len(counts.counts) != len(profile.counts):
        return ()
    now = [0] * len(profile.counts) if counts is None else _within(counts)
    bounds = (profile.min, *profile.edges, profile.max)
    below, above = (counts.below, counts.above) if counts else (0, 0)
    total = sum(now) + below + above
    if len(profile.counts) <= most:
        ends = [number(bound) for bound in bounds[1:]]
        starts = ends
        then, held = [float(count) for count in profile.counts], [float(count) for count in now]
    else:
        cuts = _cuts(profile, most)
        starts, ends = [number(cut) for cut in cuts[:-1]], [number(cut) for cut in cuts[1:]]
        then, held = (_spread(each, bounds, cuts) for each in (profile.counts, now))
    bars = [
        Bar(start, end, _share(was, sum(profile.counts)), _share(is_, total))
        for start, end, was, is_ in zip(starts, ends, then, held, strict=True)
        if was or is_ or len(profile.counts) > most
    ]
    if below:
        bars.insert(0, one_value(f"under {number(profile.min)}", 0.0, below / total, strange=True))
    if above:
        bars.append(one_value(f"over {number(profile.max)}", 0.0, above / total, strange=True))
    return tuple(bars)


def score_bars(then: OutputCounts, now: OutputCounts | None, *, most: int = 20) -> tuple[Bar, ...]:
    """Return bars of equal width over the probabilities of a class."""
    held = now.scores if now and len(now.scores) == len(then.scores) else (0,) * len(then.scores)
    width = math.ceil(len(then.scores) / most)
    return tuple(
        Bar(
            f"{begin / len(then.scores):g}",
            f"{min(1.0, (begin + width) / len(then.scores)):g}",
            _share(sum(then.scores[begin : begin + width]), sum(then.scores)),
            _share(sum(held[begin : begin + width]), sum(held)),
        )
        for begin in range(0, len(then.scores), width)
    )


def _category_bars(profile: CategoryProfile, counts: CategoryCounts | None, *, most: int) -> tuple[Bar, ...]:
    values = list(profile.counts)
    held = counts.counts if counts else (0,) * len(values)
    if len(held) != len(values):
        return ()
    rows, total = sum(profile.counts.values()) + profile.other, sum(held) + (counts.other if counts else 0)
    bars = [
        one_value(value, _share(profile.counts[value], rows), _share(now, total))
        for value, now in zip(values, held, strict=True)
    ]
    largest = sorted(range(len(bars)), key=lambda at: (-max(bars[at].then, bars[at].now), at))[:most]
    kept = [bars[at] for at in sorted(largest)]
    left = [bar for at, bar in enumerate(bars) if at not in set(largest)]
    then = _share(profile.other, rows) + sum(bar.then for bar in left)
    now = _share(counts.other if counts else 0, total) + sum(bar.now for bar in left)
    strange = then == 0 and now > 0
    name = "never seen" if strange else "all others"
    return (*kept, one_value(name, then, now, strange=strange)) if then or now else tuple(kept)


def _within(counts: NumberCounts) -> list[int]:
    """Return the counts without what lies outside of the reference, which is in the outermost bins too."""
    held = list(counts.counts)
    held[0] -= counts.below
    held[-1] -= counts.above
    return held


def _cuts(profile: NumberProfile, most: int) -> list[float]:
    low = profile.quantiles.get(_LOW, profile.min or 0.0)
    high = profile.quantiles.get(_HIGH, profile.max or 0.0)
    if low == high:
        low, high = profile.min or 0.0, profile.max or 0.0
    return [low + (high - low) * place / most for place in range(most + 1)]


def _spread(counts: Sequence[int], bounds: Sequence[float], cuts: Sequence[float]) -> list[float]:
    """Return rows between neighbouring cuts, the first and the last of which are open."""
    lows, highs = [-math.inf, *cuts[1:-1]], [*cuts[1:-1], math.inf]
    spread = [0.0] * len(lows)
    for count, left, right in zip(counts, bounds, bounds[1:], strict=False):
        if not count:
            continue
        for place, (low, high) in enumerate(zip(lows, highs, strict=True)):
            spread[place] += count * _overlap(left, right, low, high)
    return spread


def _overlap(left: float, right: float, low: float, high: float) -> float:
    if left == right:
        return float(low < right <= high)
    return max(0.0, min(right, high) - max(left, low)) / (right - left)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
