"""Counts of single hours, kept in the lake: an hour is read again only when its files have changed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from tideline.domain import keys
from tideline.domain.monitoring.counting.hour import HourCounts, sources_of
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.errors import ObjectMissing
from tideline.ports import CallCounter, ObjectStore

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class HourlyCounts:
    """Of one version, over the bins of its reference.

    Idempotency key: what the counts are made of (`sources_of`). Who writes an hour twice writes the same, and
    who writes an older state of it is found out by the next reader.
    """

    lake: ObjectStore
    counter: CallCounter
    reference: MonitoringReference
    version: int
    features: Sequence[str]

    def of(self, hour: datetime, files: Sequence[str]) -> HourCounts:
        """Return an hour's counts; raises what `CallCounter.count` does."""
        sources = sources_of(files, self.reference, self.features)
        kept = self._kept(hour)
        if kept is not None and kept.sources == sources:
            return kept
        counts, shares = self.counter.count(
            hour, version=self.version, reference=self.reference, features=self.features
        )
        counted = HourCounts(sources=sources, counts=counts, shares=tuple(shares))
        self.lake.write(self._key(hour), counted.model_dump_json().encode())
        return counted

    def _kept(self, hour: datetime) -> HourCounts | None:
        try:
            return HourCounts.model_validate_json(self.lake.read(self._key(hour)))
        except ObjectMissing:
            return None
        except ValidationError:
            # Not `exception`: a validation error's text quotes the input.
            _log.warning("an hour's counts were damaged and are made anew")
            return None

    def _key(self, hour: datetime) -> str:
        return keys.hour_counts_key(self.reference.model, self.version, hour)
