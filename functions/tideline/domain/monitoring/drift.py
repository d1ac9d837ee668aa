"""Which features, and which answers, are not what they were: the verdict on every column of a window.

A column has drifted only where the test is significant among all that were tested, so that chance is no
alarm, and its index of stability has reached the limit, so that with a million rows a shift that matters to
nobody is none. What the p-values cannot tell: whether rows are independent. Traffic of one hour is alike, and
the test then finds true differences between hours that say nothing of the months to come; the index does
not grow with the rows and is what keeps those out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tideline.domain.evaluation.verdict.check_words import number, shortened
from tideline.domain.monitoring.column_bins import shares
from tideline.domain.monitoring.comparison import (
    Comparison,
    compared,
    compared_scores,
)
from tideline.domain.monitoring.counts import ColumnCounts, WindowCounts
from tideline.domain.monitoring.discoveries import adjusted
from tideline.domain.monitoring.distances import (
    jensen_shannon_distance,
    population_stability_index,
    population_stability_parts,
)
from tideline.domain.monitoring.record import ColumnDrift
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.release.judging.words import percent
from tideline.domain.training.profile import ColumnProfile

# What a regression's answers are called among columns.
VALUE = "value"
# Smaller p-values are not told apart: no traffic is so independent that they would mean what they say.
_TINY = 1e-6


@dataclass(frozen=True)
class DriftLimits:
    """From when on a shift counts.

    Attributes:
        min_rows: Of the window, missing values included.
        psi: Inclusive.
        false_alarms: Of adjusted p-values, inclusive.
    """

    min_rows: int
    psi: float
    false_alarms: float


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
        for column in _judged(found, limits, earlier)
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
    return tuple(sorted(_judged(found, limits, earlier), key=_harm))


def _comparison(profile: ColumnProfile, counts: ColumnCounts | None) -> Comparison | None:
    return None if counts is None else compared(profile, counts)


def _absent(name: str, kind: Literal["number", "category", "score"], counts: WindowCounts) -> ColumnDrift:
    if not counts.rows:
        return ColumnDrift(name=name, kind=kind, rows=0, verdict="too_few", reason="no rows")
    reason = "not among what was counted over the reference's bins: private, or not logged"
    return ColumnDrift(name=name, kind=kind, rows=0, verdict="not_compared", reason=reason)


def _judged(
    found: Mapping[str, Comparison | ColumnDrift], limits: DriftLimits, earlier: Sequence[float]
) -> list[ColumnDrift]:
    """Return a verdict on each; p-values are adjusted for those that can be compared."""
    p_values = [
        one.result.p_value
        if isinstance(one, Comparison) and one.result and one.rows >= limits.min_rows
        else math.nan
        for one in found.values()
    ]
    after = adjusted(p_values, earlier=earlier)
    return [
        one if isinstance(one, ColumnDrift) else _verdict(name, one, p_value, limits)
        for (name, one), p_value in zip(found.items(), after, strict=True)
    ]


def _verdict(name: str, one: Comparison, after: float, limits: DriftLimits) -> ColumnDrift:
    if one.result is None or math.isnan(after):
        return _open(name, one, limits)
    then, now = shares(one.bins)
    index = population_stability_index(then, now)
    drifted = after <= limits.false_alarms and index >= limits.psi
    return _told(name, one).model_copy(
        update={
            "psi": index,
            "jensen_shannon": jensen_shannon_distance(then, now),
            "test": one.result.test,
            "statistic": one.result.statistic,
            "p_value": one.result.p_value,
            "adjusted": after,
            "verdict": "drifted" if drifted else "stable",
            "reason": shortened(_reason(one, index, after, limits)),
        }
    )


def _open(name: str, one: Comparison, limits: DriftLimits) -> ColumnDrift:
    if not one.before:
        return _told(name, one).model_copy(update={"reason": "the reference has no rows"})
    reason = f"{one.rows:,} rows; {limits.min_rows:,} are needed" if one.rows else "no rows"
    return _told(name, one).model_copy(update={"verdict": "too_few", "reason": reason})


def _told(name: str, one: Comparison) -> ColumnDrift:
    return ColumnDrift(
        name=name,
        kind=one.kind,
        rows=one.present,
        missing=_share(one.missing, one.rows),
        reference_missing=_share(one.missing_before, one.before),
        unseen=None if one.unseen is None else _share(one.unseen, one.rows),
        outside=None if one.outside is None else _share(one.outside, one.rows),
        verdict="not_compared",
    )


def _reason(one: Comparison, index: float, after: float, limits: DriftLimits) -> str:
    figures = f"PSI {number(index)} (limit {number(limits.psi)}), adjusted p {_chance(after)}"
    if after > limits.false_alarms:
        return f"{figures}: no more than chance would do"
    kind = "a large shift" if index >= limits.psi else "a shift, but a small one"
    return f"{figures}: {kind}, {_largest(one)}"


def _chance(p_value: float) -> str:
    return number(p_value) if p_value >= _TINY else f"under {_TINY:g}"


def _largest(one: Comparison) -> str:
    """Say which bin adds most to the index."""
    then, now = shares(one.bins)
    place = int(population_stability_parts(then, now).argmax())
    told = one.bins[place].told
    return f"most of all {percent(now[place])} of rows {told}, where the reference has {percent(then[place])}"


def _share(part: int, rows: int) -> float:
    return part / rows if rows else 0.0


def _harm(column: ColumnDrift) -> tuple[bool, float, float, float, str]:
    """Sort by it: a feature whose importance was not measured comes after those that matter."""
    return (
        not column.has_drifted,
        -(column.importance or 0.0),
        -(column.effect or 0.0),
        -(column.psi or 0.0),
        column.name,
    )
