"""Fairness: rates of groups, and the gap between the groups that differ most."""

from __future__ import annotations

from typing import Literal

from tideline.domain.evaluation.intervals import Interval
from tideline.domain.value import Value

FairnessMetric = Literal["selection_rate", "true_positive_rate", "false_positive_rate", "mean_error"]


class GroupRate(Value):
    """One group's rate.

    Attributes:
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
        gap: Highest rate less the lowest; None where fewer than two groups have one.
        highest: Group with the highest rate.
        max_gap: The spec's, None for a rate that is only reported.
    """

    attribute: str
    metric: FairnessMetric
    groups: tuple[GroupRate, ...]
    gap: Interval | None
    highest: str | None
    lowest: str | None
    max_gap: float | None
