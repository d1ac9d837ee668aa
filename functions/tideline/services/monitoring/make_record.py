"""Make the record of a look: everything that is found out about a live version at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.decision import decide
from tideline.domain.monitoring.record import MonitoringRecord, Traffic
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.monitoring.traffic import traffic_of
from tideline.ports import CallCounter, Clock, ObjectStore
from tideline.services.monitoring.compare_window import compare_window
from tideline.services.monitoring.hourly_counts import HourlyCounts
from tideline.services.monitoring.live_version import LiveVersion
from tideline.services.monitoring.live_window import LONGEST, live_window
from tideline.services.monitoring.log_hours import LogHours
from tideline.services.monitoring.quality_days import QualityDays
from tideline.services.monitoring.read_reference import read_reference
from tideline.services.monitoring.training_skew import training_skew


@dataclass(frozen=True)
class LookRequest:
    """A wish for a look.

    Attributes:
        cause: The event's id, the same on every delivery.
        at: The event's time, as well.
        by_person: Whether somebody waits for an answer.
        for_labels: Whether it is asked for because labels have come.
    """

    model: str
    cause: str
    at: datetime
    by_person: bool = False
    for_labels: bool = False


@dataclass(frozen=True)
class Made:
    """A record and what it was made of, for the page; None where there was nothing."""

    record: MonitoringRecord
    counts: WindowCounts | None = None
    reference: MonitoringReference | None = None


@dataclass(frozen=True)
class MakeRecord:
    """Reads the log's counts, the reference and the labels; writes nothing but what spares reading again."""

    lake: ObjectStore
    counter: CallCounter
    quality: QualityDays
    clock: Clock

    def __call__(
        self, request: LookRequest, live: LiveVersion, *, earlier: Sequence[MonitoringRecord]
    ) -> Made:
        """Look.

        Args:
            request: The wish.
            live: What is looked at.
            earlier: Looks at the same version before, oldest first.

        Raises:
            RegistryConflict: the log changed while it was read; try again.
        """
        reference = read_reference(self.lake, live.version)
        if isinstance(reference, str):
            return Made(_without_reference(request, live, reference))
        return self._compared(request, live, reference, earlier=earlier)

    def _compared(
        self,
        request: LookRequest,
        live: LiveVersion,
        reference: MonitoringReference,
        *,
        earlier: Sequence[MonitoringRecord],
    ) -> Made:
        spec, at, made_at = live.spec, request.at, self.clock()
        length = timedelta(seconds=spec.monitoring.window)
        hours = LogHours.listed(self.lake, request.model, since=at - max(LONGEST, length), until=at)
        counts = HourlyCounts(self.lake, self.counter, reference, live.number, live.watched(reference))
        window = live_window(
            hours,
            counts,
            until=at,
            length=length,
            min_rows=spec.monitoring.min_rows,
        )
        found = compare_window(window.counts, reference, spec=spec, since=window.since, earlier=earlier)
        quality = self.quality.up_to(at, live=live, reference=reference)
        skew = training_skew(hours, counts, spec=spec, at=at, window=window, earlier=earlier)
        decision, reasons = decide(
            found.features,
            found.answers,
            found.estimate,
            quality.periods,
            reference=reference,
            since=window.since,
            margin=spec.evaluation.margin,
        )
        record = MonitoringRecord(
            model=request.model,
            version=live.number,
            run_id=live.version.run_id,
            metric=reference.metric,
            cause=request.cause,
            at=at,
            made_at=made_at,
            since=window.since,
            until=window.until,
            min_rows=spec.monitoring.min_rows,
            traffic=traffic_of(window.counts, window.shares),
            features=found.features,
            answers=found.answers,
            first_seen=skew.first_seen,
            skew=skew.columns,
            estimate=found.estimate,
            realised=quality.periods,
            labels=quality.labels,
            decision=decision,
            reasons=reasons,
            notes=(*window.notes, *_unwatched(live), *quality.notes),
        )
        return Made(record, counts=window.counts, reference=reference)


def _without_reference(request: LookRequest, live: LiveVersion, why: str) -> MonitoringRecord:
    return MonitoringRecord(
        model=request.model,
        version=live.number,
        run_id=live.version.run_id,
        cause=request.cause,
        at=request.at,
        since=request.at,
        until=request.at,
        min_rows=live.spec.monitoring.min_rows,
        traffic=Traffic(calls=0, rows=0, failed=0),
        decision="undecided",
        reasons=(why,),
    )


def _unwatched(live: LiveVersion) -> tuple[str, ...]:
    if not live.private:
        return ()
    names = ", ".join(sorted(live.private))
    return (f"not watched, because the prediction log does not have their values: {names} (private)",)
