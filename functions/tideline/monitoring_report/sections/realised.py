"""How good the answers turned out to be, by period and by slice."""

from __future__ import annotations

from collections.abc import Sequence

from tideline.domain.monitoring.record import RealisedQuality, SliceQuality
from tideline.monitoring_report.evidence import ReportEvidence
from tideline.monitoring_report.headline import newest_period
from tideline.monitoring_report.words import p_value, period
from tideline.page.blocks import Block, Bullets, Figure, Row, Text, grid
from tideline.page.forest import Mark, Whisker, forest
from tideline.page.words import NOTHING, count, measured, percent, point, span

_SLICES = 20
# Of days, the newest first.
_LISTED = 31


def realised(evidence: ReportEvidence) -> list[Block]:
    """List the periods that have labels, and draw the slices of the newest that is complete."""
    periods = evidence.periods
    if not periods:
        return [
            Text("No period has labels yet, so nothing is known of how good the answers turned out to be.")
        ]
    columns = ("period", "rows", "labelled", "realised", "interval", "holdout", "p of no drop", "finding")
    rows = [_row(one) for one in reversed(periods)]
    blocks: list[Block] = [
        grid("Realised, by period", columns, rows, right=range(1, len(columns) - 1), most=_LISTED)
    ]
    newest = newest_period(evidence)
    if newest is not None:
        blocks += _slices(newest)
        if newest.caveats:
            blocks.append(Bullets(newest.caveats, title="What to know about the realised values"))
    return blocks


def _row(one: RealisedQuality) -> Row:
    share = percent(one.labelled / one.rows) if one.rows else NOTHING
    finding = "dropped" if one.dropped else "no drop" if one.mature else "immature"
    return Row(
        (
            period(one.since, one.until),
            f"{one.rows:,}",
            f"{one.labelled:,} ({share})",
            point(one.interval),
            span(one.interval),
            point(one.reference),
            p_value(one.p_value),
            finding,
        ),
        tone="bad" if one.dropped else "",
    )


def _slices(day: RealisedQuality) -> list[Block]:
    found: Sequence[SliceQuality] = sorted(
        (one for one in day.slices if one.interval is not None),
        key=lambda one: (
            not one.dropped,
            one.interval.estimate if one.interval else 0.0,
            one.feature,
            one.value,
        ),
    )
    if not found:
        return []
    whiskers = [
        Whisker(
            f"{one.feature} = {one.value}",
            measured(one.interval),
            one.interval.estimate,
            one.interval.low,
            one.interval.high,
            tone="bad" if one.dropped else "",
            rows=one.rows,
        )
        for one in found[:_SLICES]
        if one.interval is not None
    ]
    marks = [Mark("holdout, all rows", day.reference.estimate, dashed=True)]
    drawn = forest(whiskers, marks=marks, axis=f"{day.metric}, realised", label="Realised quality by slice")
    left = len(found) - len(whiskers)
    more = f" {count(left, 'further slice')} left out." if left else ""
    return [
        Figure(
            drawn,
            f"Slices of {period(day.since, day.until)}; those that dropped are first, then the lowest.{more}",
        )
    ]
