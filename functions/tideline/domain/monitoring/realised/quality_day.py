"""What is kept of a day whose outcomes are known in part, and how it is known whether that still holds.

A day's numbers are kept, its verdict is not: that depends on the other days (`verdicts`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC
from functools import reduce

from tideline.domain.labels.label_question import LabelQuestion
from tideline.domain.monitoring.record import LabelCounts, RealisedQuality
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.value import Value


class QualityDay(Value):
    """One day of one version, or several days together.

    Attributes:
        sources: Of which files, by which question, reference and rules, as `day_sources` says it.
        labels: What became of the labels of the day.
    """

    schema_version: int = 1
    sources: str
    quality: RealisedQuality
    labels: LabelCounts


def day_sources(
    *,
    log: Iterable[str],
    labels: Iterable[str],
    asked: LabelQuestion,
    reference: MonitoringReference,
    rules: object,
) -> str:
    """Return a hash of what a day's quality is made of; neither the order of files counts nor the clock."""
    since, until = asked.since.astimezone(UTC), asked.until.astimezone(UTC)
    question = replace(asked, since=since, until=until, now=until)
    digest = hashlib.sha256(f"{reference.artifact_sha256}\0{reference.run_id}\0{rules}\0{question}".encode())
    for name in (*sorted(log), "", *sorted(labels)):
        digest.update(f"\0{name}".encode())
    return digest.hexdigest()


def added_labels(counts: Iterable[LabelCounts]) -> LabelCounts:
    """Return the counts of some days together."""
    return reduce(_plus, counts, LabelCounts())


def _plus(one: LabelCounts, other: LabelCounts) -> LabelCounts:
    return LabelCounts(
        **{name: getattr(one, name) + getattr(other, name) for name in LabelCounts.model_fields}
    )
