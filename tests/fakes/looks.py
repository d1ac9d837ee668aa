"""Looks at a live version: what each holds, with few bins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from tests.fakes.clock import START
from tests.fakes.evidence import interval
from tests.fakes.samples import MODEL, sha
from tideline.domain.encoding import Task
from tideline.domain.monitoring.counting.counts import (
    SCORE_BINS,
    CategoryCounts,
    NumberCounts,
    OutputCounts,
    WindowCounts,
)
from tideline.domain.monitoring.record import (
    ColumnDrift,
    LabelCounts,
    MonitoringRecord,
    QualityEstimate,
    RealisedQuality,
    SliceQuality,
    Traffic,
    VersionShare,
)
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.training.profile import NumberProfile, profile_categories, profile_numbers
from tideline.monitoring_report.evidence import ReportEvidence

CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("low", "middle", "high"),
    "regression": (),
}
TOP = START.replace(minute=0)
METRIC = "roc_auc"


def ages() -> NumberProfile:
    """Return the reference of a number: 0 to 999."""
    return profile_numbers(np.arange(1000, dtype=np.float32))


def reference(task: Task = "binary", *, plan: str = "plan") -> MonitoringReference:
    """Return a reference of two features."""
    return MonitoringReference(
        model=MODEL,
        run_id="churn-d1-s1",
        artifact_sha256=sha("artifact 1"),
        task=task,
        classes=CLASSES[task],
        metric=METRIC,
        rows=1000,
        features={
            "age": ages(),
            plan: profile_categories({"monthly": 700, "yearly": 290}, count=1000, missing=0, distinct=12),
        },
        outputs={name: outputs(place) for place, name in enumerate(CLASSES[task])},
        value=ages() if task == "regression" else None,
        quality=interval(0.84),
    )


def outputs(place: int) -> OutputCounts:
    """Return scores that lie in two bins."""
    scores = [0] * SCORE_BINS
    scores[100 + place], scores[900 - place] = 600, 400
    return OutputCounts(scores=tuple(scores), named=(*scores[:500], *[0] * 500))


def window(task: Task = "binary", *, plan: str = "plan") -> WindowCounts:
    """Return counts in which everybody is old, and a few have a plan that nobody had."""
    bins = len(ages().counts)
    old = NumberCounts(missing=30, above=20, counts=(*(0,) * (bins - 2), 950, 20))
    return WindowCounts(
        model=MODEL,
        version=1,
        rows=1000,
        calls=1004,
        failed=4,
        features={"age": old, plan: CategoryCounts(counts=(680, 280), other=40)},
        outputs={name: outputs(place) for place, name in enumerate(CLASSES[task])},
        value=old if task == "regression" else None,
    )


def drifts(*, plan: str = "plan", psi: float = 1.25) -> tuple[ColumnDrift, ...]:
    """Return a number that has drifted and a category that has not."""
    return (
        ColumnDrift(
            name="age",
            kind="number",
            rows=970,
            psi=psi,
            jensen_shannon=0.6,
            test="ks",
            statistic=0.9,
            p_value=1e-12,
            adjusted=2e-12,
            missing=0.03,
            outside=0.02,
            importance=0.11,
            effect=0.04,
            verdict="drifted",
            reason="PSI 1.25 is over 0.2",
        ),
        ColumnDrift(
            name=plan,
            kind="category",
            rows=1000,
            psi=0.0123,
            jensen_shannon=0.05,
            test="chi_squared",
            statistic=3.0,
            p_value=0.3,
            adjusted=0.3,
            unseen=0.04,
            importance=0.02,
            effect=-0.001,
            verdict="stable",
        ),
    )


def realised(day: int, estimate: float = 0.8, **fields: Any) -> RealisedQuality:
    """Return the quality of the day that ended so many days before the first look's."""
    dropped_slice = SliceQuality(
        feature="plan", value="monthly", rows=300, interval=interval(0.7), dropped=True
    )
    midnight = TOP.replace(hour=0) - timedelta(days=day)
    base: dict[str, Any] = {
        "since": midnight - timedelta(days=1),
        "until": midnight,
        "metric": METRIC,
        "rows": 1000,
        "labelled": 900,
        "mature": True,
        "interval": interval(estimate),
        "reference": interval(0.84),
        "p_value": 0.4,
        "slices": (dropped_slice,),
        "caveats": ("Only answered calls have labels.",),
    }
    return RealisedQuality.model_validate(base | fields)


def estimated(estimate: float = 0.81, **fields: Any) -> QualityEstimate:
    """Return an estimate that may be acted on."""
    base: dict[str, Any] = {
        "method": "confidence",
        "metric": METRIC,
        "estimate": interval(estimate),
        "reference": 0.835,
        "dropped": False,
        "trusted": True,
        "caveats": ("Concept drift does not show in it.",),
    }
    return QualityEstimate.model_validate(base | fields)


def look(number: int = 0, *, plan: str = "plan", **fields: Any) -> MonitoringRecord:
    """Return a look so many hours after the first: with everything measured, and a reason to train anew."""
    until: datetime = TOP + timedelta(hours=number)
    base: dict[str, Any] = {
        "model": MODEL,
        "version": 1,
        "run_id": "churn-d1-s1",
        "cause": f"event {number}",
        "at": until + timedelta(minutes=2),
        "since": until - timedelta(days=1),
        "until": until,
        "min_rows": 500,
        "traffic": Traffic(
            calls=1004,
            rows=1000,
            failed=4,
            p50_ms=4.0,
            p95_ms=9.5,
            p99_ms=32.0,
            shares=(
                VersionShare(version=1, calls=1004, rows=1000),
                VersionShare(version=2, calls=56, rows=50),
            ),
        ),
        "features": drifts(plan=plan, psi=1.25 - number / 100),
        "answers": (ColumnDrift(name="yes", kind="score", rows=1000, psi=0.01, test="ks", verdict="stable"),),
        "skew": drifts(plan=plan),
        "estimate": estimated(0.83 - number / 1000),
        "realised": (realised(1), realised(0, 0.7, mature=False)),
        "labels": LabelCounts(joined=1800, orphans=1, corrected=2),
        "decision": "retrain",
        "reasons": ("age has drifted (PSI 1.25)",),
        "notes": ("the hour of 03:00 could not be read",),
    }
    return MonitoringRecord.model_validate(base | fields)


def nothing_seen(**fields: Any) -> MonitoringRecord:
    """Return a look that had nothing to look at."""
    base: dict[str, Any] = {
        "traffic": Traffic(calls=0, rows=0, failed=0),
        "features": (),
        "answers": (),
        "skew": (),
        "estimate": None,
        "realised": (),
        "labels": None,
        "decision": "undecided",
        "reasons": ("nobody called",),
        "notes": (),
    }
    return look(**(base | fields))


def report_evidence(task: Task = "binary", *, plan: str = "plan", looks: int = 4) -> ReportEvidence:
    """Return the evidence of the last of some looks; `plan` is the name of a feature."""
    records = [look(number, plan=plan) for number in range(looks)]
    return ReportEvidence(
        record=records[-1],
        window=window(task, plan=plan),
        reference=reference(task, plan=plan),
        earlier=tuple(records[:-1]),
        large_psi=0.2,
    )
