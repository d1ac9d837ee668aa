"""What became of the labels that were dropped."""

from __future__ import annotations

from tideline.monitoring_report.evidence import ReportEvidence
from tideline.page.blocks import Section, Text, facts
from tideline.page.words import count


def labels(evidence: ReportEvidence) -> Section:
    """Count them by what they were good for."""
    found, model = evidence.record.labels, evidence.record.model
    if found is None:
        told = Text(
            f"No labels were dropped for this model yet. To do so: tideline push {model} FILE --labels"
        )
        return Section("labels", "Labels", (told,))
    fit = "fits" if found.orphans == 1 else "fit"
    counted = facts(
        ("joined", f"{count(found.joined, 'prediction')} with a valid outcome"),
        ("orphans", f"{count(found.orphans, 'label')} that {fit} no prediction, kept for when one comes"),
        ("corrected", f"{count(found.corrected, 'prediction')} about which a later label said otherwise"),
        ("invalid", f"{count(found.invalid, 'label')} that {_names(found.invalid)} no class, or no number"),
        ("early", f"{count(found.early, 'label')} from before the prediction"),
        ("upcoming", f"{count(found.upcoming, 'label')} from the future"),
    )
    return Section("labels", "Labels", (counted,))


def _names(labels: int) -> str:
    return "names" if labels == 1 else "name"
