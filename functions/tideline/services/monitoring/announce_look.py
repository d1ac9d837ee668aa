"""What the world is told of a look: drift that is news, and performance that has dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tideline.domain.monitoring.record import ColumnDrift, MonitoringRecord, RealisedQuality
from tideline.domain.monitoring.telling import dropped_anew, is_news
from tideline.events.base import Event
from tideline.events.facts import DriftDetected, DriftedColumn, PerformanceDropped
from tideline.ports import Clock, EventPublisher
from tideline.services.monitoring.looks import Before, Looks

# As many as an event has room for; the page has all.
_CAVEATS = 3


@dataclass(frozen=True)
class AnnounceLook:
    """Publishes, then marks: who dies between the two tells it again, which is better than never."""

    publisher: EventPublisher
    clock: Clock

    def __call__(
        self,
        record: MonitoringRecord,
        *,
        looks: Looks,
        look: str,
        before: Before,
    ) -> Sequence[Event]:
        """Tell what is news and return it."""
        same = [(one, told) for one, told in before if one.version == record.version]
        events: list[Event] = []
        # Performance is told by `PerformanceDropped`; a drift needs something that has drifted.
        told = [one for one, was_told in same if was_told]
        if _shows_drift(record) and is_news(record, told):
            events.append(self._drift(record))
        period = dropped_anew(record, [one for one, _ in same])
        if period is not None:
            events.append(self._dropped(record, period))
        if events:
            self.publisher.publish(*events)
            looks.mark_told(look)
        return events

    def _drift(self, record: MonitoringRecord) -> DriftDetected:
        estimate = record.estimate
        return DriftDetected(
            model=record.model,
            occurred_at=self.clock(),
            version=record.version,
            severity="retrain" if record.decision == "retrain" else "warning",
            since=record.since,
            until=record.until,
            rows=record.traffic.rows,
            features=tuple(
                _drifted(column) for column in (*record.drifted, *record.answers) if column.has_drifted
            ),
            metric=record.metric,
            estimated=estimate.estimate.estimate if estimate else None,
            reference=estimate.reference if estimate else None,
            trusted=estimate.trusted if estimate else None,
            caveats=estimate.caveats[:_CAVEATS] if estimate else (),
            reasons=record.reasons,
            report_key=record.report_key,
        )

    def _dropped(self, record: MonitoringRecord, period: RealisedQuality) -> PerformanceDropped:
        found = period.interval
        if found is None:
            raise ValueError("a drop without a number")
        return PerformanceDropped(
            model=record.model,
            occurred_at=self.clock(),
            version=record.version,
            since=period.since,
            until=period.until,
            labelled=period.labelled,
            metric=period.metric,
            value=found.estimate,
            low=found.low,
            high=found.high,
            reference=period.reference.estimate,
            reasons=record.reasons,
            report_key=record.report_key,
        )


def _shows_drift(record: MonitoringRecord) -> bool:
    estimated = record.estimate is not None and record.estimate.dropped and record.estimate.trusted
    return estimated or bool(_shifted(record))


def _shifted(record: MonitoringRecord) -> Sequence[ColumnDrift]:
    return [column for column in (*record.features, *record.answers) if column.has_drifted]


def _drifted(column: ColumnDrift) -> DriftedColumn:
    return DriftedColumn(
        name=column.name,
        psi=column.psi or 0.0,
        adjusted_p_value=1.0 if column.adjusted is None else column.adjusted,
        importance=column.importance,
        effect=column.effect,
    )
