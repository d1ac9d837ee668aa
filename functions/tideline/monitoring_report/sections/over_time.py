"""How drift came: the index of the features that shift most, look by look."""

from __future__ import annotations

from tideline.monitoring_report.evidence import ReportEvidence
from tideline.monitoring_report.words import index
from tideline.page.blocks import Block, Figure, Row, Section, Text, grid
from tideline.page.curves import Curve, Dot, curves
from tideline.page.forest import Mark
from tideline.page.words import moment

_DRAWN = 5
# Looks in the table, the newest last.
_LISTED = 12


def drift_over_time(evidence: ReportEvidence) -> Section:
    """Draw the PSI of the features that lie highest in this look."""
    names = _highest(evidence)
    if not names or not evidence.earlier:
        why = "There is no look before this one." if names else "No feature was compared in this look."
        return Section("over-time", "Drift over time", (Text(why),))
    lines = tuple(Curve(name, _dots(evidence, name)) for name in names)
    levels = [Mark("large from", evidence.large_psi, dashed=True)] if evidence.large_psi is not None else []
    blocks: list[Block] = [
        Figure(
            curves(
                lines,
                levels=levels,
                changes=evidence.changes,
                from_zero=True,
                label="Population stability index of the features that shift most, by look",
            ),
            "PSI against the training rows, at the end of each look's window. Windows overlap, so"
            " neighbouring looks are not independent; another version has training rows of its own.",
        ),
        _table(evidence, names),
    ]
    return Section("over-time", "Drift over time", tuple(blocks))


def _highest(evidence: ReportEvidence) -> list[str]:
    measured = [(one.psi, one.name) for one in evidence.record.features if one.psi is not None]
    return [name for _, name in sorted(measured, key=lambda pair: (-pair[0], pair[1]))[:_DRAWN]]


def _dots(evidence: ReportEvidence, name: str) -> tuple[Dot, ...]:
    return tuple(
        Dot(look.until, one.psi)
        for look in evidence.looks
        for one in look.features
        if one.name == name and one.psi is not None
    )


def _table(evidence: ReportEvidence, names: list[str]) -> Block:
    rows = []
    for look in evidence.looks[-_LISTED:]:
        psi = {one.name: one.psi for one in look.features}
        told = (index(psi.get(name)) for name in names)
        rows.append(Row((moment(look.until), look.decision, f"{look.traffic.rows:,}", *told)))
    columns = ("until", "decision", "rows", *names)
    return grid("The newest looks in numbers", columns, rows, right=tuple(range(2, len(columns))))
