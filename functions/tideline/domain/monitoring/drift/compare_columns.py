"""Which features, and which answers, are not what they were: the verdict on every column of a window.

A column has drifted only where the test is significant among all that were tested, so that chance is no
alarm, and its index of stability has reached the limit, so that with a million rows a shift that matters to
nobody is none. What the p-values cannot tell: whether rows are independent. Traffic of one hour is alike, and
the test then finds true differences between hours that say nothing of the months to come. The index does not
grow with the rows and keeps the small ones of these out; a large one, such as of a night, is called a drift,
and a window of whole days or weeks is what helps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from tideline.domain.monitoring.counting.counts import ColumnCounts, WindowCounts
from tideline.domain.monitoring.drift.column_verdicts import DriftLimits, judged
from tideline.domain.monitoring.drift.comparison import Comparison, compared, compared_scores
from tideline.domain.monitoring.record import ColumnDrift
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.training.profile import ColumnProfile

# What a regression's answers are called among columns.
VALUE = "value"


def compare_columns(
    counts: WindowCounts,
    reference: MonitoringReference,
    *,
    min_rows: int,
    psi: float,
    false_alarms: float,
    earlier: Sequence[float] = (),
    effects: Mapping[str, float] | None = None,
) -> tuple[ColumnDrift, ...]:
    """Compare every feature of the reference with the window.

    Args:
        counts: Of the window, over the reference's bins.
        reference: Of the version that answered.
        min_rows: Rows a column needs to be judged, missing values included.
        psi: Index from which a shift is large, inclusive.
        false_alarms: Expected share of false ones among the features said to have drifted.
        earlier: `p_value` of the columns of the windows before.
        effects: Estimated change of the loss by a feature's shift; positive is worse.

    Returns:
        The most harmful first: what has drifted, by importance, then effect, then index.
    """
    limits = DriftLimits(min_rows, psi, false_alarms)
    importance = {one.feature: one.drop for one in reference.importance}
    found = {
        name: _comparison(profile, counts.features.get(name)) or _absent(name, profile.kind, counts)
        for name, profile in reference.features.items()
    }
    columns = [
        column.model_copy(
            update={"importance": importance.get(column.name), "effect": (effects or {}).get(column.name)}
        )
        for column in judged(found, limits, earlier)
    ]
    return tuple(sorted(columns, key=_harm))


def compare_answers(
    counts: WindowCounts,
    reference: MonitoringReference,
    *,
    min_rows: int,
    psi: float,
    false_alarms: float,
    earlier: Sequence[float] = (),
) -> tuple[ColumnDrift, ...]:
    """Compare what was answered: the probability of each class, or a regression's values.

    Of a binary task only the positive class is looked at: the other's probability is what is left. Shares of
    the answered labels are not looked at by themselves: they are read off the same scores. Arguments and
    result as of `compare_columns`.
    """
    limits = DriftLimits(min_rows, psi, false_alarms)
    names = reference.classes[-1:] if reference.task == "binary" else reference.classes
    found: dict[str, Comparison | ColumnDrift]
    if reference.value is not None:
        found = {VALUE: _comparison(reference.value, counts.value) or _absent(VALUE, "number", counts)}
    else:
        found = {
            name: compared_scores(reference.outputs[name], counts.outputs[name])
            if name in reference.outputs and name in counts.outputs
            else _absent(name, "score", counts)
            for name in names
        }
    return tuple(sorted(judged(found, limits, earlier), key=_harm))


def _comparison(profile: ColumnProfile, counts: ColumnCounts | None) -> Comparison | None:
    return None if counts is None else compared(profile, counts)


def _absent(name: str, kind: Literal["number", "category", "score"], counts: WindowCounts) -> ColumnDrift:
    if not counts.rows:
        return ColumnDrift(name=name, kind=kind, rows=0, verdict="too_few", reason="no rows")
    reason = "not among what was counted over the reference's bins: private, or not logged"
    return ColumnDrift(name=name, kind=kind, rows=0, verdict="not_compared", reason=reason)


def _harm(column: ColumnDrift) -> tuple[bool, float, float, float, str]:
    """Sort by it: a feature whose importance was not measured comes after those that matter."""
    return (
        not column.has_drifted,
        -(column.importance or 0.0),
        -(column.effect or 0.0),
        -(column.psi or 0.0),
        column.name,
    )
