"""Fairness: rates of groups, and the gap between the groups that differ most."""

from __future__ import annotations

from typing import Literal

from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.value import Value

FairnessMetric = Literal["selection_rate", "true_positive_rate", "false_positive_rate", "mean_error"]


class GroupRate(Value):
    """One group's rate.

    Attributes:
        group: Value of the attribute, or a range of it; "" for the rows where it is missing.
        rows: Rows that the rate is about, such as the positives of the group.
        unjudged: Why there is no rate, or why it does not count for the gap; None where it does.
    """

    group: str
    rows: int
    rate: Interval | None
    unjudged: str | None


class FairnessFinding(Value):
    """One attribute and one rate.

    Attributes:
        gap: Highest rate less the lowest, with an interval that holds for all pairs of groups at once; None
            where fewer than two groups have one.
        highest: Group with the highest rate.
        max_gap: The spec's, None for a rate that is only reported.
        unjudged: Why there is no gap; None where there is one.
    """

    attribute: str
    metric: FairnessMetric
    groups: tuple[GroupRate, ...]
    gap: Interval | None
    highest: str | None
    lowest: str | None
    max_gap: float | None
    unjudged: str | None = None
