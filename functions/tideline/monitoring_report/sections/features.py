"""What arrives: every feature in the window against the training rows."""

from __future__ import annotations

from collections.abc import Sequence

from tideline.domain.monitoring.record import ColumnDrift
from tideline.monitoring_report.distributions import column_bars
from tideline.monitoring_report.evidence import ReportEvidence
from tideline.monitoring_report.plots.then_and_now import lying, standing
from tideline.monitoring_report.words import index, p_value, shares, strange, verdict
from tideline.page.blocks import Block, Gallery, Grid, Panel, Row, Section, Text, Tone, grid
from tideline.page.words import NOTHING, count, signed

# Enough to look at; all others are in the table.
_DRAWN = 30
_LISTED = 2_000
_COLUMNS = (
    "verdict",
    "PSI",
    "JS distance",
    "adjusted p",
    "missing",
    "strange values",
    "importance",
    "effect on the loss",
)
LEGEND = (
    "Pale and broad: the training rows. Dark and narrow: the window, in red where training has no such value."
    " Shares are of the rows with a value."
)


def features(evidence: ReportEvidence) -> Section:
    """Rank the features, draw the first of them, and list all."""
    found = evidence.record.features
    if not found:
        return Section("features", "Features", (Text(_why_none(evidence)),))
    blocks: list[Block] = [
        Text(
            "Drifted are those whose shift is both large (PSI) and significant (test, corrected for the"
            " number of features). The most harmful are first: importance says how much the metric drops"
            " when a feature is shuffled, the effect how much this shift is estimated to change the loss;"
            " above 0 is worse."
        )
    ]
    panels = tuple(panel for one in found[:_DRAWN] if (panel := _panel(one, evidence)) is not None)
    if panels:
        left = len(found) - _DRAWN
        more = f" {count(left, 'further feature')} in the table only." if left > 0 else ""
        blocks.append(Gallery(panels, caption=LEGEND + more))
    blocks.append(drift_table("All features", found))
    return Section("features", "Features", tuple(blocks))


def drift_table(caption: str, found: Sequence[ColumnDrift], *, name: str = "feature") -> Grid:
    """Return columns in the order given, with everything measured of them; `name` is what they are."""
    cells = [_cells(one) for one in found]
    kept = [at for at in range(len(_COLUMNS)) if any(row[at] not in ("", NOTHING) for row in cells)]
    rows = [
        Row((one.name, *(row[at] for at in kept)), tone=tone(one))
        for one, row in zip(found, cells, strict=True)
    ]
    named = (name, *(_COLUMNS[at] for at in kept))
    return grid(caption, named, rows, right=range(2, len(named)), code=(0,), most=_LISTED)


def tone(one: ColumnDrift) -> Tone:
    """Return how bad a column is: red is what drifted and does harm, or may for all that is known."""
    if not one.has_drifted:
        return ""
    return "warn" if one.effect is not None and one.effect <= 0 else "bad"


def _cells(one: ColumnDrift) -> tuple[str, ...]:
    return (
        verdict(one),
        index(one.psi),
        index(one.jensen_shannon),
        p_value(one.adjusted),
        shares(one.reference_missing, one.missing),
        strange(one),
        signed(one.importance),
        signed(one.effect),
    )


def _panel(one: ColumnDrift, evidence: ReportEvidence) -> Panel | None:
    profile = evidence.reference.features.get(one.name) if evidence.reference else None
    counts = evidence.window.features.get(one.name) if evidence.window else None
    if profile is None or counts is None:
        return None
    bars = column_bars(profile, counts)
    if not bars:
        return None
    draw = standing if profile.kind == "number" else lying
    return Panel(
        title=one.name,
        tag=f"{verdict(one)}, PSI {index(one.psi)}",
        svg=draw(bars, label=f"Distribution of {one.name}: training rows and window"),
        note=_note(one),
        tone=tone(one),
    )


def _note(one: ColumnDrift) -> str:
    missing = shares(one.reference_missing, one.missing)
    parts = [
        one.reason if one.has_drifted else "",
        f"missing {missing}" if missing else "",
        strange(one),
    ]
    return "; ".join(part for part in parts if part)


def _why_none(evidence: ReportEvidence) -> str:
    if evidence.reference is None:
        return "Nothing to compare with: this version's reference is missing."
    if not evidence.record.traffic.rows:
        return "Nothing to compare: the window has no rows."
    return "None was compared: see the notes at the end."
