"""A reference, counts and looks, and a counter that only takes notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.samples import MODEL, version
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.monitoring.counting.counts import (
    CategoryCounts,
    NumberCounts,
    OutputCounts,
    WindowCounts,
)
from tideline.domain.monitoring.record import ColumnDrift, MonitoringRecord, Traffic, VersionShare
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.training.profile import CategoryProfile, NumberProfile

NOON = datetime(2026, 3, 2, 12, 20, tzinfo=UTC)
SCORES = (0,) * 400 + (600, 400) + (0,) * 598


def interval(estimate: float = 0.85, half: float = 0.02) -> Interval:
    """Return an interval about an estimate."""
    return Interval(
        estimate=estimate, low=estimate - half, high=estimate + half, confidence=0.95, resamples=0, rows=1_000
    )


def reference(**fields: Any) -> MonitoringReference:
    """Return the reference of version 1: a number, a category, a binary task."""
    given: dict[str, Any] = {
        "model": MODEL,
        "run_id": version().run_id,
        "artifact_sha256": version().sha256,
        "task": "binary",
        "classes": ("no", "yes"),
        "metric": "roc_auc",
        "rows": 1_000,
        "features": {
            "tenure": NumberProfile(count=100, missing=0, min=0, max=9, edges=(4.0,), counts=(50, 50)),
            "contract": CategoryProfile(
                count=100, missing=0, distinct=2, counts={"monthly": 60, "yearly": 40}, other=0
            ),
        },
        "outputs": {"yes": OutputCounts(scores=SCORES, named=(0,) * 1_000)},
        "quality": interval(),
    }
    return MonitoringReference(**given | fields)


def window(rows: int = 100, *, number: int = 1) -> WindowCounts:
    """Return counts over the bins of `reference`."""
    return WindowCounts(
        model=MODEL,
        version=number,
        rows=rows,
        calls=rows,
        features={
            "tenure": NumberCounts(counts=(rows, 0)),
            "contract": CategoryCounts(counts=(rows, 0)),
        },
        outputs={"yes": OutputCounts(scores=(rows,) + (0,) * 999, named=(0,) * 1_000)},
        latency=(rows,) + (0,) * 65,
    )


def column(name: str = "tenure", **fields: Any) -> ColumnDrift:
    """Return a feature that has drifted."""
    given: dict[str, Any] = {
        "name": name,
        "kind": "number",
        "rows": 1_000,
        "psi": 0.4,
        "p_value": 1e-9,
        "adjusted": 1e-8,
        "verdict": "drifted",
    }
    return ColumnDrift(**given | fields)


def look(hours: float = 0, decision: str = "stable", **fields: Any) -> MonitoringRecord:
    """Return a look some hours after noon."""
    at = NOON + timedelta(hours=hours)
    given: dict[str, Any] = {
        "model": MODEL,
        "version": 1,
        "metric": "roc_auc",
        "cause": f"event-{hours}",
        "at": at,
        "since": at - timedelta(hours=1),
        "until": at,
        "min_rows": 500,
        "traffic": Traffic(calls=1_000, rows=1_000, failed=0),
        "decision": decision,
    }
    return MonitoringRecord(**given | fields)


class FakeCallCounter:
    """`tideline.ports.CallCounter`: so many rows in every hour."""

    def __init__(self, rows: int = 100) -> None:
        self.rows = rows
        self.hours: list[datetime] = []
        self.failing: dict[datetime, Exception] = {}

    def count(
        self, hour: datetime, *, version: int, reference: MonitoringReference, features: Sequence[str]
    ) -> tuple[WindowCounts, Sequence[VersionShare]]:
        if hour in self.failing:
            raise self.failing[hour]
        self.hours.append(hour)
        share = VersionShare(version=version, calls=self.rows, rows=self.rows)
        return window(self.rows, number=version), (share,)
