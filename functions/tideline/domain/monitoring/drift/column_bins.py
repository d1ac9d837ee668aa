"""A column's bins then and now, as an index of stability and a person look at them.

Missing values, values beyond the reference's range and values that the reference does not count are bins of
their own where they occur on either side: a feature that was never missing and is now, or a constant that is
another one now, has shifted although no bin between its edges has. They occur in no small sample of the
reference by much, so that they add little noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tideline.domain.evaluation.verdict.check_words import number
from tideline.domain.monitoring.counting.counts import SCORE_BINS, CategoryCounts, NumberCounts, OutputCounts
from tideline.domain.monitoring.drift.coarse_bins import coarse, coarse_starts
from tideline.domain.training.profile import CategoryProfile, NumberProfile

# Names of categories that are told together; the others are "and n more".
_NAMED = 3
# Longer names are cut: reasons travel in events.
_NAME_LENGTH = 40


@dataclass(frozen=True)
class Bin:
    """Rows of both sides.

    Attributes:
        told: What the rows have in common, in words that fit behind "rows".
    """

    told: str
    then: int
    now: int


def number_bins(profile: NumberProfile, counts: NumberCounts) -> tuple[Bin, ...]:
    """Return about ten bins of the reference's rows each, and what is beyond them where it occurs."""
    then, now = inner(profile, counts)
    starts = coarse_starts(then)
    edges = [number(edge) for edge in profile.edges]
    told = [_between(edges, begin, end) for begin, end in pairwise([*starts, len(then)])]
    return (
        *_where_it_occurs("without a value", profile.missing, counts.missing),
        *_where_it_occurs(f"below {_bound(profile.min)}, the reference's smallest", 0, counts.below),
        *_bins(told, coarse(then, starts), coarse(now, starts)),
        *_where_it_occurs(f"above {_bound(profile.max)}, the reference's largest", 0, counts.above),
    )


def category_bins(profile: CategoryProfile, counts: CategoryCounts) -> tuple[Bin, ...]:
    """Return the frequent values by themselves, the others a tenth of the reference together."""
    then = tuple(profile.counts.values())
    names = [_shortened(value) for value in profile.counts]
    starts = coarse_starts(then)
    told = [_listed(names[begin:end]) for begin, end in pairwise([*starts, len(then)])]
    return (
        *_where_it_occurs("without a value", profile.missing, counts.missing),
        *_bins(told, coarse(then, starts), coarse(counts.counts, starts)),
        *_where_it_occurs("with values that are new or were rare", profile.other, counts.other),
    )


def score_bins(reference: OutputCounts, counts: OutputCounts) -> tuple[Bin, ...]:
    """Return about ten bins of the holdout's scores."""
    starts = coarse_starts(reference.scores)
    told = [
        f"with a score from {begin / SCORE_BINS:g} to {end / SCORE_BINS:g}"
        for begin, end in pairwise([*starts, SCORE_BINS])
    ]
    return _bins(told, coarse(reference.scores, starts), coarse(counts.scores, starts))


def inner(profile: NumberProfile, counts: NumberCounts) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the rows in the fine bins, then and now, without those beyond the reference's range."""
    now = list(counts.counts)
    now[0] -= counts.below
    now[-1] -= counts.above
    return profile.counts or (0,), tuple(now)


def shares(bins: Sequence[Bin]) -> tuple[list[float], list[float]]:
    """Return what share of its side's rows each bin has, then and now; there are rows on both sides."""
    then, now = sum(one.then for one in bins), sum(one.now for one in bins)
    return [one.then / then for one in bins], [one.now / now for one in bins]


def _bins(told: Sequence[str], then: Sequence[int], now: Sequence[int]) -> tuple[Bin, ...]:
    return tuple(Bin(*one) for one in zip(told, then, now, strict=True))


def _where_it_occurs(told: str, then: int, now: int) -> tuple[Bin, ...]:
    return (Bin(told, then, now),) if then or now else ()


def _between(edges: Sequence[str], begin: int, end: int) -> str:
    low = edges[begin - 1] if begin else None
    high = edges[end - 1] if end <= len(edges) else None
    if low is None:
        return "with a value" if high is None else f"up to {high}"
    return f"above {low}" if high is None else f"above {low} up to {high}"


def _listed(names: Sequence[str]) -> str:
    named = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return f"with {named} and {more} more values" if more > 0 else f"with {named or 'a value'}"


def _shortened(name: str) -> str:
    return repr(name if len(name) <= _NAME_LENGTH else f"{name[:_NAME_LENGTH]}…")


def _bound(value: float | None) -> str:
    return "" if value is None else number(value)
