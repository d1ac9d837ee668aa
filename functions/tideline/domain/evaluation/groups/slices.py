"""Slices: parts of the holdout on which a candidate must not be worse than the champion."""

from __future__ import annotations

from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.value import Value


class SliceFinding(Value):
    """One slice, measured.

    Attributes:
        name: Such as ``sex = Female`` or ``sex = Female, age 28 to 37``.
        where: What a row must have, by feature.
        rows: Holdout rows in it.
        candidate: The metric on its rows; None where it means nothing there.
        champion: The live version's on the same rows; None where there is none to compare.
        difference: Candidate minus champion, paired.
        p_value: One-sided, of the candidate being no worse; None where there was nothing to test.
        p_adjusted: The same after Holm's correction over all slices that were tested.
        blocks: Whether it is significantly worse, and by more than the spec's margin.
        unjudged: Why it was not tested; None where it was.
    """

    name: str
    where: dict[str, str]
    rows: int
    candidate: Interval | None
    champion: Interval | None
    difference: Interval | None
    p_value: float | None
    p_adjusted: float | None
    blocks: bool
    unjudged: str | None


class SliceReport(Value):
    """Every slice that was looked at.

    Attributes:
        alpha: Rate at which at least one slice of equivalent models is called worse, at most: one-sided,
            (1 - confidence) / 2, as for the whole holdout.
        min_rows: Slices with fewer rows are only counted, in `too_small`.
        left_out: Slices that are large enough, but beyond as many as are looked at; the largest are.
    """

    metric: str
    alpha: float
    margin: float
    min_rows: int
    slices: tuple[SliceFinding, ...]
    too_small: int
    left_out: int = 0
