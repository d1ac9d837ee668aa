"""One column of a window beside its reference: how far it has shifted, and how surely. No verdict yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tideline.domain.monitoring.counting.counts import (
    CategoryCounts,
    ColumnCounts,
    NumberCounts,
    OutputCounts,
)
from tideline.domain.monitoring.drift.column_bins import (
    Bin,
    category_bins,
    inner,
    number_bins,
    score_bins,
)
from tideline.domain.monitoring.drift.two_sample import (
    TestResult,
    homogeneity,
    kolmogorov_smirnov,
    same_rate,
    strongest,
)
from tideline.domain.training.profile import CategoryProfile, ColumnProfile, NumberProfile

# Of the reference's rows. Where it has more values than it counts, the counted ones were taken for being
# frequent in it, some by luck, and are less so in any other rows: each of twenty thousand customers' names
# comes once, and 255 of them count. Values with this share are far from where the line was drawn by luck.
CLEARLY_FREQUENT = 0.01


@dataclass(frozen=True)
class Comparison:
    """What can be told of one column.

    Attributes:
        present: Rows with a value in the window; `missing` are those without.
        before: Rows of the reference, missing ones included.
        result: Of the column's strongest test, corrected for their number; None where a side is empty.
        unseen: Rows with values that the reference does not count; None for numbers.
        outside: Rows beyond the reference's range; None for categories.
    """

    kind: Literal["number", "category", "score"]
    present: int
    missing: int
    before: int
    missing_before: int
    bins: tuple[Bin, ...]
    result: TestResult | None
    unseen: int | None = None
    outside: int | None = None

    @property
    def rows(self) -> int:
        """Rows of the window."""
        return self.present + self.missing


def compared(profile: ColumnProfile, counts: ColumnCounts) -> Comparison | None:
    """Compare a column; None where it was counted over other bins than the reference's."""
    if isinstance(profile, NumberProfile) and isinstance(counts, NumberCounts):
        fits = len(counts.counts) == max(1, len(profile.counts))
        return compared_numbers(profile, counts) if fits else None
    if isinstance(profile, CategoryProfile) and isinstance(counts, CategoryCounts):
        fits = len(counts.counts) == len(profile.counts)
        return compared_categories(profile, counts) if fits else None
    return None


def compared_numbers(profile: NumberProfile, counts: NumberCounts) -> Comparison:
    """Compare numbers: Kolmogorov and Smirnov's test, and an exact one of how many are missing.

    What is beyond the reference's range is told apart from the first and last bin, so that a reference of one
    value can be told from smaller and larger ones.
    """
    then, now = inner(profile, counts)
    present = sum(counts.counts)
    values = kolmogorov_smirnov((0, *then, 0), (counts.below, *now, counts.above))
    return Comparison(
        kind="number",
        present=present,
        missing=counts.missing,
        before=profile.count,
        missing_before=profile.missing,
        bins=number_bins(profile, counts),
        result=strongest(
            [values, _rate(profile.missing, profile.count, counts.missing, counts.missing + present)]
        ),
        outside=counts.below + counts.above,
    )


def compared_categories(profile: CategoryProfile, counts: CategoryCounts) -> Comparison:
    """Compare categories: chi-squared, and exact tests of how many are missing and how many are new."""
    present = sum(counts.counts) + counts.other
    # Where the reference has values that it does not count, which ones it counts was partly luck.
    new = None if profile.other else _rate(0, profile.count - profile.missing, counts.other, present)
    missing = _rate(profile.missing, profile.count, counts.missing, counts.missing + present)
    return Comparison(
        kind="category",
        present=present,
        missing=counts.missing,
        before=profile.count,
        missing_before=profile.missing,
        bins=category_bins(profile, counts),
        result=strongest([homogeneity(*_cells(profile, counts)), new, missing]),
        unseen=counts.other,
    )


def compared_scores(reference: OutputCounts, counts: OutputCounts) -> Comparison:
    """Compare how probable a class was said to be."""
    return Comparison(
        kind="score",
        present=sum(counts.scores),
        missing=0,
        before=sum(reference.scores),
        missing_before=0,
        bins=score_bins(reference, counts),
        result=kolmogorov_smirnov(reference.scores, counts.scores),
    )


def _cells(profile: CategoryProfile, counts: CategoryCounts) -> tuple[list[int], list[int]]:
    """Return the rows of values that are tested one by one, and of all others together, then and now."""
    pairs = list(zip(profile.counts.values(), counts.counts, strict=True))
    least = CLEARLY_FREQUENT * (profile.count - profile.missing) if profile.other else 0.0
    alone = [pair for pair in pairs if pair[0] >= least]
    rest = [*(pair for pair in pairs if pair[0] < least), (profile.other, counts.other)]
    together = (sum(pair[0] for pair in rest), sum(pair[1] for pair in rest))
    return [pair[0] for pair in (*alone, together)], [pair[1] for pair in (*alone, together)]


def _rate(was: int, before: int, is_now: int, rows: int) -> TestResult | None:
    """Test a rate where what it is of occurs at all: each test costs the others some of their strength."""
    return same_rate((was, before), (is_now, rows)) if was or is_now else None
