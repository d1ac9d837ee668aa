"""A verdict on each column that was compared, and its reason in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tideline.domain.evaluation.verdict.check_words import number, shortened
from tideline.domain.monitoring.drift.column_bins import shares
from tideline.domain.monitoring.drift.comparison import Comparison
from tideline.domain.monitoring.drift.discoveries import adjusted
from tideline.domain.monitoring.drift.distances import (
    jensen_shannon_distance,
    population_stability_index,
    population_stability_parts,
)
from tideline.domain.monitoring.record import ColumnDrift
from tideline.domain.release.judging.words import percent

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


def judged(
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
