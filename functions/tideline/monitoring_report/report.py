"""From the evidence to the page."""

from __future__ import annotations

from pathlib import Path

from tideline.monitoring_report.evidence import ReportEvidence
from tideline.monitoring_report.headline import headline
from tideline.monitoring_report.sections.answers import answers
from tideline.monitoring_report.sections.features import features
from tideline.monitoring_report.sections.labels import labels
from tideline.monitoring_report.sections.limits import limits
from tideline.monitoring_report.sections.over_time import drift_over_time
from tideline.monitoring_report.sections.quality import quality
from tideline.monitoring_report.sections.skew import skew
from tideline.monitoring_report.sections.traffic import traffic
from tideline.page.rendering import page_template

_TEMPLATE = Path(__file__).parent / "report.html.j2"
_SECTIONS = (traffic, features, drift_over_time, answers, quality, labels, skew, limits)


def write_report(evidence: ReportEvidence) -> bytes:
    """Return the page in UTF-8: self-contained, without script; the same evidence gives the same bytes."""
    sections = tuple(make(evidence) for make in _SECTIONS)
    page = page_template(_TEMPLATE).render(top=headline(evidence), sections=sections)
    return page.encode()
