"""What became of the labels that were dropped."""

from __future__ import annotations

from tideline.monitoring_report.evidence import ReportEvidence
from tideline.page.blocks import Section, Text, facts
from tideline.page.words import count

# How many of what, and what is said of them.
_WORDS = (
    ("joined", "prediction", "with a valid outcome"),
    ("orphans", "label", "without a prediction, kept for when one comes"),
    ("corrected", "prediction", "about which a later label said otherwise"),
    ("invalid", "label", "naming no class, or no number"),
    ("early", "label", "from before the prediction"),
    ("late", "label", "from after the prediction's horizon (monitoring.labels.horizon)"),
    ("upcoming", "label", "of a time that has not come yet"),
)


def labels(evidence: ReportEvidence) -> Section:
    """Count them by what they were good for."""
    found, model = evidence.record.labels, evidence.record.model
    if found is None:
        told = Text(
            f"No labels were dropped for this model yet. To do so: tideline push {model} FILE --labels"
        )
        return Section("labels", "Labels", (told,))
    counts = found.model_dump()
    counted = facts(
        *((name, f"{count(counts[name], noun)} {what}") for name, noun, what in _WORDS if name in counts)
    )
    return Section("labels", "Labels", (counted,))
