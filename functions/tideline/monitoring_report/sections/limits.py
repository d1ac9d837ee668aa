"""What was not looked at, and what such numbers cannot tell."""

from __future__ import annotations

from tideline.monitoring_report.evidence import ReportEvidence
from tideline.page.blocks import Block, Bullets, Section

_ALWAYS = (
    (
        "Tests take rows to be independent. Requests in bursts, or by one caller, are worth fewer rows than"
        " there are: then p-values are smaller than they should be."
    ),
    (
        "Estimates without labels cannot see that the same inputs now lead to other outcomes (concept drift):"
        " only labels show that."
    ),
    "Features are looked at one by one. How two of them go together may shift unseen, but for the answers.",
    (
        "False alarms are held down within this look, and together with the looks before that share no rows"
        " with it. Over many looks some will come all the same: windows that overlap are each tested anew."
    ),
    "Drift says that something differs, not that it is wrong, and not why.",
    "Importance and effect are the model's view on its holdout; features that say the same share them.",
)


def limits(evidence: ReportEvidence) -> Section:
    """List the notes of this look, and what always holds."""
    blocks: list[Block] = []
    if evidence.record.notes:
        blocks.append(Bullets(evidence.record.notes, title="Of this look"))
    blocks.append(Bullets(_ALWAYS, title="What these numbers cannot tell"))
    return Section("limits", "Limits", tuple(blocks))
