"""How good answers turned out to be, day by day: measured again only when a day's log or labels change."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from tideline.domain import keys
from tideline.domain.labels.label_question import LabelQuestion
from tideline.domain.labels.label_span import may_hold, moments_in
from tideline.domain.monitoring.realised.quality import RealisedRules, realised_quality
from tideline.domain.monitoring.realised.quality_day import QualityDay, added_labels, day_sources
from tideline.domain.monitoring.record import LabelCounts, RealisedQuality
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.errors import ObjectMissing, StorageUnavailable
from tideline.ports import LabelledPredictions, ObjectStore
from tideline.services.monitoring.live_version import LiveVersion
from tideline.services.monitoring.log_hours import LogHours

_log = logging.getLogger(__name__)
_DAY = timedelta(days=1)
# Days that are looked back by themselves. Outcomes that come later than that are kept, and judged by nobody.
DAYS = 30
# The same rows have to give the same interval, whoever looks.
_SEED = 0


@dataclass(frozen=True)
class QualityPeriods:
    """Periods with labels, oldest first.

    Attributes:
        labels: None where no label was ever dropped.
        notes: Days that could not be read, in sentences.
    """

    periods: tuple[RealisedQuality, ...] = ()
    labels: LabelCounts | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class QualityDays:
    """Idempotency key: what a day is made of (`day_sources`); measuring it twice writes the same."""

    lake: ObjectStore
    labelled: LabelledPredictions

    def up_to(self, at: datetime, *, live: LiveVersion, reference: MonitoringReference) -> QualityPeriods:
        """Return the last `DAYS` days, each for itself; raises what `LabelledPredictions.labelled` does."""
        files = self.lake.listed(keys.labels_prefix(reference.model))
        if not files:
            return QualityPeriods()
        since = LogHours.first_day(at, days=DAYS)
        log = LogHours.listed(self.lake, reference.model, since=since, until=at)
        told_of = dict.fromkeys(_days_told_of(files, since=since, until=at), ())
        return _Measuring(self, live, reference, at, files).of({**told_of, **_by_day(log)})


@dataclass(frozen=True)
class _Measuring:
    days: QualityDays
    live: LiveVersion
    reference: MonitoringReference
    at: datetime
    files: Sequence[str]

    def of(self, log: Mapping[datetime, Sequence[str]]) -> QualityPeriods:
        measured, notes = list[QualityDay](), list[str]()
        for day, names in sorted(log.items()):
            try:
                measured += self._day(day, names, earlier=_p_values(measured))
            except StorageUnavailable as exc:
                notes.append(f"the outcomes of {day:%Y-%m-%d} are left out: {exc.message}")
        known = [day for day in measured if day.quality.labelled]
        return QualityPeriods(
            periods=(*(day.quality for day in known), *self._together(known)),
            labels=added_labels(day.labels for day in measured),
            notes=tuple(notes),
        )

    def _day(self, day: datetime, names: Sequence[str], *, earlier: Sequence[float]) -> Sequence[QualityDay]:
        """Return the day as it was measured, or measure it; nothing where no label can be about it."""
        asked = self._question(day, day + _DAY)
        about = [key for key in self.files if may_hold(key, period=asked.period, horizon=asked.horizon)]
        if not about:
            return ()
        sources = day_sources(log=names, labels=about, reference=self.reference, rules=self._rules)
        kept = self._kept(day)
        # What was not known yet may be known by now.
        if kept is not None and kept.sources == sources and not kept.labels.early:
            return (kept,)
        quality, labels = self._measure(day, day + _DAY, earlier=earlier)
        measured = QualityDay(sources=sources, quality=quality, labels=labels)
        self.days.lake.write(self._key(day), measured.model_dump_json().encode())
        return (measured,)

    def _together(self, days: Sequence[QualityDay]) -> Sequence[RealisedQuality]:
        """Where no single day has enough outcomes to be judged, all of them together may have."""
        labelled = sum(day.quality.labelled for day in days)
        if len(days) < 2 or labelled < self._rules.min_rows or any(day.quality.mature for day in days):  # noqa: PLR2004
            return ()
        quality, _ = self._measure(days[0].quality.since, days[-1].quality.until, earlier=())
        return (quality,)

    def _measure(
        self, since: datetime, until: datetime, *, earlier: Sequence[float]
    ) -> tuple[RealisedQuality, LabelCounts]:
        rows, labels = self.days.labelled.labelled(self._question(since, until))
        quality = realised_quality(
            rows, self.reference, since=since, until=until, rules=self._rules, earlier=earlier
        )
        return quality, labels

    def _question(self, since: datetime, until: datetime) -> LabelQuestion:
        spec, reference = self.live.spec, self.reference
        watched = set(self.live.watched(reference))
        return LabelQuestion(
            model=reference.model,
            version=self.live.number,
            since=since,
            until=until,
            task=reference.task,
            classes=reference.classes,
            slices=tuple(name for name in spec.evaluation.slices if name in watched),
            horizon=timedelta(seconds=spec.monitoring.labels.horizon),
            now=self.at,
        )

    @property
    def _rules(self) -> RealisedRules:
        spec = self.live.spec
        return RealisedRules(
            margin=spec.evaluation.margin,
            coverage=spec.monitoring.labels.coverage,
            min_rows=spec.monitoring.min_rows,
            confidence=spec.evaluation.confidence,
            min_slice_rows=spec.evaluation.min_slice_rows,
            seed=_SEED,
        )

    def _kept(self, day: datetime) -> QualityDay | None:
        try:
            return QualityDay.model_validate_json(self.days.lake.read(self._key(day)))
        except ObjectMissing:
            return None
        except ValidationError:
            # Not `exception`: a validation error's text quotes the input.
            _log.warning("a day's quality was damaged and is measured anew")
            return None

    def _key(self, day: datetime) -> str:
        return keys.quality_day_key(self.reference.model, self.live.number, day)


def _by_day(log: LogHours) -> Mapping[datetime, Sequence[str]]:
    days: dict[datetime, list[str]] = {}
    for hour, names in log.files.items():
        day = hour.astimezone(UTC).replace(hour=0)
        days.setdefault(day, []).extend(f"{hour:%H}/{name}" for name in names)
    return days


def _days_told_of(files: Sequence[str], *, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the days that files of labels are about: labels of a day without calls are orphans, and told."""
    spans = [span for span in map(moments_in, files) if span is not None]
    for back in range((until - since) // _DAY + 1):
        day = since + back * _DAY
        if any(span.first < day + _DAY and span.last >= day for span in spans):
            yield day


def _p_values(days: Sequence[QualityDay]) -> Sequence[float]:
    return [day.quality.p_value for day in days if day.quality.p_value is not None]
