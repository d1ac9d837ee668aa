"""What the page is made from: stored values alone, so that the same evidence gives the same page."""

from __future__ import annotations

from datetime import datetime

from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.record import MonitoringRecord, RealisedQuality
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.value import Value


class ReportEvidence(Value):
    """One look, what it looked at, and the looks before it.

    Attributes:
        window: What was counted; None where nothing could be.
        reference: What it was held against; None where it is missing.
        earlier: Looks before this one, oldest first; those at other versions too.
        large_psi: From which a shift is large, by the spec (`monitoring.drift.psi`), where it is known.
    """

    record: MonitoringRecord
    window: WindowCounts | None = None
    reference: MonitoringReference | None = None
    earlier: tuple[MonitoringRecord, ...] = ()
    large_psi: float | None = None

    @property
    def looks(self) -> tuple[MonitoringRecord, ...]:
        """All looks, this one last."""
        return (*self.earlier, self.record)

    @property
    def metric(self) -> str:
        """The metric that decides; empty where no part of the evidence names it."""
        if self.reference is not None:
            return self.reference.metric
        if self.record.estimate is not None:
            return self.record.estimate.metric
        return self.record.realised[-1].metric if self.record.realised else ""

    @property
    def quality(self) -> Interval | None:
        """The metric on the holdout."""
        if self.reference is not None:
            return self.reference.quality
        return self.record.realised[-1].reference if self.record.realised else None

    @property
    def periods(self) -> tuple[RealisedQuality, ...]:
        """Periods with labels of all looks, oldest first, each as the newest look knows it."""
        known: dict[tuple[datetime, datetime], RealisedQuality] = {}
        for look in self.looks:
            known |= {(one.since, one.until): one for one in look.realised if one.metric == self.metric}
        return tuple(known[period] for period in sorted(known))

    @property
    def changes(self) -> tuple[tuple[datetime, str], ...]:
        """When another version was looked at for the first time, and which."""
        pairs = zip(self.looks, self.looks[1:], strict=False)
        return tuple(
            (now.until, f"version {now.version}") for was, now in pairs if was.version != now.version
        )
