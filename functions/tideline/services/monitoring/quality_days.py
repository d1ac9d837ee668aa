"""How good answers turned out to be, day by day: measured again only when a day's log or labels change."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import ValidationError

from tideline.domain import keys
from tideline.domain.labels.label_question import LabelQuestion
from tideline.domain.labels.told_days import ToldDay, told_days
from tideline.domain.monitoring.realised.quality import RealisedRules, realised_quality
from tideline.domain.monitoring.realised.quality_day import QualityDay, added_labels, day_sources
from tideline.domain.monitoring.realised.verdicts import with_verdicts
from tideline.domain.monitoring.record import LabelCounts, RealisedQuality
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.errors import ObjectMissing, StorageUnavailable
from tideline.ports import LabelledPredictions, ObjectStore
from tideline.services.monitoring.live_version import LiveVersion
from tideline.services.monitoring.log_hours import LogHours

_log = logging.getLogger(__name__)
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
        """Return the days of the horizon with labels, each for itself.

        Outcomes that come later than that are kept, and judged by nobody.

        Raises:
            TransientError: the lake did not answer; a file that is damaged is told in a note.
        """
        files = self.lake.listed(keys.labels_prefix(reference.model))
        return _Measuring(self, live, reference, at).of(files) if files else QualityPeriods()


@dataclass(frozen=True)
class _Measuring:
    days: QualityDays
    live: LiveVersion
    reference: MonitoringReference
    at: datetime

    def of(self, files: Sequence[str]) -> QualityPeriods:
        days = told_days(files, at=self.at, horizon=self._horizon)
        listed = sorted({answered for day in days for answered in day.answered})
        log = LogHours.of_days(self.days.lake, self.reference.model, listed)
        measured, notes = list[QualityDay](), list[str]()
        for day in days:
            with _noting(notes, f"{day.since:%Y-%m-%d}"):
                measured.append(self._day(day, log, is_newest=day is days[-1]))
        together = list[QualityDay]()
        with _noting(notes, "days that are too few by themselves"):
            together += self._together(measured)
        periods = [day.quality for day in (*measured, *together) if day.quality.labelled]
        return QualityPeriods(
            periods=with_verdicts(periods, alpha=self._rules.alpha),
            labels=added_labels(day.labels for day in measured),
            notes=tuple(notes),
        )

    def _day(self, day: ToldDay, log: LogHours, *, is_newest: bool) -> QualityDay:
        """Return the day as it was measured, or measure it.

        A later answer about an entity takes the label, so that hours after the day may count. Labels by
        entity without any answer are told of the newest day alone: each may take a horizon to look for.
        """
        names = [
            f"{hour:%Y%m%d%H}/{name}"
            for hour, some in log.files.items()
            if day.since <= hour <= day.last
            for name in some
        ]
        key = keys.quality_day_key(self.reference.model, self.live.number, day.since)
        asked = replace(self._question(day.since, day.until), looks_back=is_newest)
        return self._kept_or_measured(key, asked, log=names, labels=day.files)

    def _together(self, measured: Sequence[QualityDay]) -> Sequence[QualityDay]:
        """Where no single day has enough outcomes to be judged, all of them together may have."""
        known = [day.quality for day in measured if day.quality.labelled]
        if len(known) < 2 or any(day.mature for day in known):  # noqa: PLR2004
            return ()
        since, until = known[0].since, known[-1].until
        within = [day for day in measured if since <= day.quality.since < until]
        labelled, rows = (sum(getattr(day.quality, name) for day in within) for name in ("labelled", "rows"))
        if labelled < max(self._rules.min_rows, self._rules.coverage * rows):
            return ()
        key = keys.quality_together_key(self.reference.model, self.live.number)
        sources = [day.sources for day in within]
        return (self._kept_or_measured(key, self._question(since, until), log=(), labels=sources),)

    def _kept_or_measured(
        self, key: str, asked: LabelQuestion, *, log: Sequence[str], labels: Sequence[str]
    ) -> QualityDay:
        reference, rules = self.reference, self._rules
        sources = day_sources(log=log, labels=labels, asked=asked, reference=reference, rules=rules)
        kept = self._kept(key)
        # What was not known yet may be known by now.
        if kept is not None and kept.sources == sources and not kept.labels.upcoming:
            return kept
        rows, counts = self.days.labelled.labelled(asked)
        quality = realised_quality(rows, reference, since=asked.since, until=asked.until, rules=rules)
        measured = QualityDay(sources=sources, quality=quality, labels=counts)
        self.days.lake.write(key, measured.model_dump_json().encode())
        return measured

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
            horizon=self._horizon,
            now=self.at,
            looks_back=False,
        )

    @property
    def _horizon(self) -> timedelta:
        return timedelta(seconds=self.live.spec.monitoring.labels.horizon)

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

    def _kept(self, key: str) -> QualityDay | None:
        try:
            return QualityDay.model_validate_json(self.days.lake.read(key))
        except ObjectMissing:
            return None
        except ValidationError:
            # Not `exception`: a validation error's text quotes the input.
            _log.warning("a day's quality was damaged and is measured anew")
            return None


@contextmanager
def _noting(notes: list[str], what: str) -> Iterator[None]:
    """Go on without what a damaged file is needed for; what trying again may mend is raised."""
    try:
        yield
    except StorageUnavailable as exc:
        if not exc.damaged:
            raise
        notes.append(f"the outcomes of {what} are left out: {exc.message}")
