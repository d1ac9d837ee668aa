"""How good the answers are: as estimated without labels, and as it turned out."""

from __future__ import annotations

from datetime import datetime

from tideline.domain.monitoring.record import QualityEstimate, RealisedQuality
from tideline.monitoring_report.evidence import ReportEvidence
from tideline.monitoring_report.sections.realised import realised
from tideline.page.blocks import Block, Bullets, Figure, Section, Text, Tone
from tideline.page.curves import Curve, Dot, curves
from tideline.page.forest import Mark
from tideline.page.words import METRICS, measured, number

_METHODS = {
    "confidence": "from the calibrated probabilities of the answers",
    "direct_loss": "from a model of the loss, fitted on the holdout",
}


def quality(evidence: ReportEvidence) -> Section:
    """Draw the metric over time, estimated and realised, and say how far each may be relied on."""
    record, metric = evidence.record, evidence.metric
    blocks: list[Block] = []
    if metric in METRICS:
        blocks.append(Text(f"{metric}: {METRICS[metric]}."))
    figure = _figure(evidence)
    if figure is not None:
        blocks.append(figure)
    blocks += _estimate(record.estimate)
    blocks += realised(evidence)
    return Section("quality", "Quality", tuple(blocks))


def _figure(evidence: ReportEvidence) -> Figure | None:
    estimated = [
        Dot(
            look.until,
            found.estimate.estimate,
            found.estimate.low,
            found.estimate.high,
            hollow=not found.trusted,
        )
        for look in evidence.looks
        if (found := look.estimate) is not None and found.metric == evidence.metric
    ]
    turned_out = [
        Dot(_middle(one), one.interval.estimate, one.interval.low, one.interval.high, hollow=not one.mature)
        for one in evidence.periods
        if one.interval is not None
    ]
    lines = [Curve("estimated", tuple(estimated)), Curve("realised", tuple(turned_out), joined=False)]
    if not estimated and not turned_out:
        return None
    levels = [Mark("holdout", evidence.quality.estimate, dashed=True)] if evidence.quality else []
    drawn = curves(
        lines,
        levels=levels,
        changes=evidence.changes,
        label=f"{evidence.metric} over time, estimated and realised",
    )
    return Figure(
        drawn,
        "Estimates stand at the end of their window, with their interval as a band; realised values in the"
        " middle of their period, with whiskers. Hollow: not trusted, or not all labels are in yet. Dashed:"
        " what was measured on the holdout; estimates are held against the same estimate of it instead.",
    )


def _estimate(found: QualityEstimate | None) -> list[Block]:
    if found is None:
        return [Text("Without labels nothing was estimated in this look.")]
    tone: Tone = "bad" if found.dropped and found.trusted else ""
    told = (
        "has dropped by more than the margin" if found.dropped else "has not dropped by more than the margin"
    )
    blocks: list[Block] = [
        Text(
            f"Estimated, {_METHODS[found.method]}: {measured(found.estimate)} now, against"
            f" {number(found.reference)} of the holdout by the same estimate. By this estimate it {told}.",
            tone=tone,
        )
    ]
    if not found.trusted:
        blocks.append(
            Text("This estimate is not to be relied on, and nothing was decided by it.", tone="warn")
        )
    if found.caveats:
        blocks.append(Bullets(found.caveats, title="What to know about this estimate"))
    return blocks


def _middle(one: RealisedQuality) -> datetime:
    return one.since + (one.until - one.since) / 2
