"""Whether serving sees what training saw: the first day's requests against the training rows."""

from __future__ import annotations

from tideline.monitoring_report.evidence import ReportEvidence
from tideline.monitoring_report.sections.features import drift_table
from tideline.page.blocks import Section, Text
from tideline.page.words import count


def skew(evidence: ReportEvidence) -> Section:
    """List the features of the first day."""
    found = evidence.record.skew
    if not found:
        text = (
            "The first day's requests were not compared with the training rows: there were too few, or none."
        )
        return Section("skew", "Training and serving", (Text(text),))
    differing = sum(one.has_drifted for one in found)
    if differing:
        told = Text(
            f"{count(differing, 'feature')} already differed on the first day. Drift takes longer: suspect"
            " that requests are made in another way than the training files (another unit, default,"
            " spelling or source).",
            tone="warn",
        )
    else:
        told = Text(
            "On the first day no feature differed from the training rows: it is made alike in both places."
        )
    table = drift_table("The first day's requests against the training rows", found)
    return Section("skew", "Training and serving", (told, table))
