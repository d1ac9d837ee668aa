"""The headline: which version this is, what was decided about it and why, and six figures."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.card.evidence import Evidence
from tideline.domain.evaluation.verdict.check_words import shortened
from tideline.domain.evaluation.verdict.gate import Decision
from tideline.page.blocks import Tone
from tideline.page.top import Tile, Top
from tideline.page.words import NOTHING, count, difference, moment, number, percent, point, size, span

_TONES: dict[Decision, Tone] = {
    Decision.PROMOTE: "good",
    Decision.REJECT: "bad",
    Decision.INCONCLUSIVE: "warn",
}
_MEANINGS = {
    Decision.PROMOTE: "It may go live.",
    Decision.REJECT: "It may not go live.",
    Decision.INCONCLUSIVE: "The evidence cannot tell, so it may not go live.",
}


@dataclass(frozen=True)
class Headline(Top):
    """The top of a card; `others` are the questions of the gate that did not decide."""

    state: str
    made: str
    note: str


def headline(evidence: Evidence) -> Headline:
    """Put the verdict and its reasons first."""
    version, verdict = evidence.version, evidence.report.verdict
    reasons = verdict.reasons
    return Headline(
        model=version.model,
        version=version.number,
        state=version.state.value.replace("_", " "),
        made=moment(version.created_at),
        note=version.note,
        verdict=verdict.decision.value,
        meaning=_MEANINGS[verdict.decision],
        tone=_TONES[verdict.decision],
        reasons=reasons,
        others=tuple(check.text for check in verdict.checks if shortened(check.text) not in reasons),
        tiles=tuple(make(evidence) for make in _TILES),
    )


def _metric(evidence: Evidence) -> Tile:
    own = evidence.report.decisive
    return Tile(evidence.report.metric, point(own), f"{own.confidence * 100:g} %: {span(own)}")


def _champion(evidence: Evidence) -> Tile:
    champion, metric = evidence.report.champion, evidence.report.metric
    between = champion.differences.get(metric) if champion else None
    if champion is None or between is None:
        return Tile("against the champion", "none", "nothing to compare with")
    name = f"against version {champion.version}"
    estimate, _, interval = difference(between).partition(" ")
    return Tile(name, estimate, interval.strip("()"))


def _slices(evidence: Evidence) -> Tile:
    found = evidence.report.slices
    if found is None:
        return Tile("slices", NOTHING, "not measured")
    worse = sum(one.blocks for one in found.slices)
    unjudged = sum(one.unjudged is not None for one in found.slices)
    note = f"of {count(len(found.slices), 'slice')} worse" + (f", {unjudged} not judged" if unjudged else "")
    return Tile("slices that block", str(worse), note, tone="bad" if worse else "")


def _gap(evidence: Evidence) -> Tile:
    gaps = [
        (one.gap.estimate, one) for one in evidence.report.fairness if one.gap and one.max_gap is not None
    ]
    if not gaps:
        return Tile("fairness gap", NOTHING, "not measured")
    gap, found = max(gaps, key=lambda pair: (pair[0], pair[1].attribute))
    over = found.max_gap is not None and gap > found.max_gap
    note = f"{found.attribute}; {number(found.max_gap)} allowed"
    return Tile("fairness gap", point(found.gap), note, tone="bad" if over else "")


def _calibration(evidence: Evidence) -> Tile:
    inspection = evidence.report.inspection
    if evidence.spec.task == "regression":
        floor = evidence.report.floor.value
        return Tile("constant answer", number(floor), f"{evidence.report.metric} of the best one")
    if inspection is None or not inspection.calibration:
        return Tile("calibration error", NOTHING, "not measured")
    worst = max(inspection.calibration, key=lambda one: one.expected_calibration_error)
    error = worst.expected_calibration_error
    note = "mean gap of probabilities" if len(inspection.calibration) == 1 else f"largest: {worst.label}"
    return Tile("calibration error", percent(error), note)


def _artifact(evidence: Evidence) -> Tile:
    rows = count(evidence.report.rows, "row")
    return Tile(
        "held out", rows, f"{size(evidence.manifest.size_bytes)} of ONNX, {evidence.manifest.trainer}"
    )


_TILES = (_metric, _champion, _slices, _gap, _calibration, _artifact)
