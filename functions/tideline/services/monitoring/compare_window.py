"""A window of live calls against the version's reference: drift, estimated quality, and skew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.drift.apart import apart
from tideline.domain.monitoring.drift.compare_columns import compare_answers, compare_columns
from tideline.domain.monitoring.estimation.effects import feature_effects
from tideline.domain.monitoring.estimation.estimate import estimate_quality
from tideline.domain.monitoring.record import ColumnDrift, MonitoringRecord, QualityEstimate
from tideline.domain.monitoring.reference import MonitoringReference


@dataclass(frozen=True)
class Compared:
    """What a comparison found; empty where there were no rows."""

    features: tuple[ColumnDrift, ...] = ()
    answers: tuple[ColumnDrift, ...] = ()
    estimate: QualityEstimate | None = None


def compare_window(
    counts: WindowCounts | None,
    reference: MonitoringReference,
    *,
    spec: ModelSpec,
    since: datetime,
    earlier: Sequence[MonitoringRecord] = (),
) -> Compared:
    """Compare a window's counts.

    Args:
        counts: None where the version answered nothing.
        reference: Of the same version.
        spec: Whose rules count.
        since: Begin of the window.
        earlier: Looks at the same version before, oldest first.
    """
    family = apart(earlier, since=since)
    if counts is None:
        return Compared()
    rules = spec.monitoring
    return Compared(
        features=compare_columns(
            counts,
            reference,
            effects=feature_effects(counts, reference),
            min_rows=rules.min_rows,
            psi=rules.drift.psi,
            false_alarms=rules.drift.false_alarms,
            earlier=_p_values(record.features for record in family),
        ),
        answers=compare_answers(
            counts,
            reference,
            min_rows=rules.min_rows,
            psi=rules.drift.psi,
            false_alarms=rules.drift.false_alarms,
            earlier=_p_values(record.answers for record in family),
        ),
        estimate=estimate_quality(
            counts,
            reference,
            margin=spec.evaluation.margin,
            min_rows=rules.min_rows,
            confidence=spec.evaluation.confidence,
        ),
    )


def _p_values(looks: Iterable[Sequence[ColumnDrift]]) -> tuple[float, ...]:
    return tuple(column.p_value for look in looks for column in look if column.p_value is not None)
