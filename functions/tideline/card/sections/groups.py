"""Slices and fairness: parts of the holdout and groups of people, each with its own figures."""

from __future__ import annotations

from collections.abc import Sequence

from tideline.card.evidence import Evidence
from tideline.domain.evaluation.groups.fairness import FairnessFinding, GroupRate
from tideline.domain.evaluation.groups.slices import SliceFinding, SliceReport
from tideline.domain.evaluation.inference.interval import Interval
from tideline.page.blocks import Block, Figure, Row, Section, Text, Tone, grid
from tideline.page.forest import Mark, Whisker, forest
from tideline.page.words import NOTHING, RATES, count, difference, measured, number, point

# As many as fit on a printed page; the table has more.
_PLOTTED = 24


def slices(evidence: Evidence) -> Section:
    """Show the slices, those that block first, then the worst."""
    found = evidence.report.slices
    if found is None:
        why = "Not measured." if evidence.spec.evaluation.slices else "Not measured: the spec declares none."
        return Section("slices", "Slices", (Text(why),))
    ordered = worst_first(found.slices)
    blocks: list[Block] = [Text(_about(found))]
    if (figure := _slice_figure(evidence, found, ordered)) is not None:
        blocks.append(figure)
    if ordered:
        blocks.append(_slice_table(found, ordered))
    return Section("slices", "Slices", tuple(blocks))


def worst_first(found: Sequence[SliceFinding]) -> list[SliceFinding]:
    """Return slices in the order in which a person should read them: blocking, worst, unjudged."""

    def place(one: SliceFinding) -> tuple[bool, bool, float, str]:
        by = one.difference or one.candidate
        return (not one.blocks, one.unjudged is not None, by.estimate if by else 0.0, one.name)

    return sorted(found, key=place)


def _about(found: SliceReport) -> str:
    too_small = (
        f" {count(found.too_small, 'slice')} with fewer rows than that {_be(found.too_small)} only counted."
    )
    return (
        f"{count(len(found.slices), 'slice')} of at least {count(found.min_rows, 'row')}, by {found.metric}."
        f" A slice blocks where it is worse than the champion by more than the margin of"
        f" {number(found.margin)}, and significantly so: over all slices together, models that are equally"
        f" good are called worse at a rate of at most {number(found.alpha)} (Holm's correction)."
        + (too_small if found.too_small else "")
    )


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def _slice_figure(evidence: Evidence, found: SliceReport, ordered: list[SliceFinding]) -> Figure | None:
    compared = [one for one in ordered if one.difference is not None]
    if compared:
        rows = [_whisker(one, one.difference, difference(one.difference)) for one in compared[:_PLOTTED]]
        left = len(compared) - len(rows)
        margin = f"margin {number(-found.margin)}"
        return Figure(
            forest(
                [row for row in rows if row],
                marks=[Mark("no difference", 0.0), Mark(margin, -found.margin, dashed=True)],
                below=-found.margin,
                axis=f"difference of {found.metric}, this version less the champion",
                label=f"Differences of {found.metric} by slice, with their intervals and the margin",
            ),
            "Difference from the champion in each slice; to the left of the margin this version is worse"
            + (f"; the {count(left, 'slice')} that did best are left out" if left else ""),
        )  # fmt: skip
    alone = [one for one in ordered if one.candidate is not None][:_PLOTTED]
    if not alone:
        return None
    overall = evidence.report.decisive.estimate
    rows = [_whisker(one, one.candidate, measured(one.candidate)) for one in alone]
    return Figure(
        forest(
            [row for row in rows if row],
            marks=[Mark(f"all rows {number(overall)}", overall, dashed=True)]
            if found.metric == evidence.report.metric
            else [],
            axis=found.metric,
            label=f"{found.metric} by slice, with its intervals",
        ),
        f"{found.metric} of this version in each slice; there is no champion to compare with",
    )


def _whisker(one: SliceFinding, interval: Interval | None, value: str) -> Whisker | None:
    if interval is None:
        return None
    tone: Tone = "bad" if one.blocks else "warn" if one.unjudged else ""
    return Whisker(one.name, value, interval.estimate, interval.low, interval.high, tone, rows=one.rows)


def _slice_table(found: SliceReport, ordered: list[SliceFinding]) -> Block:
    columns = ("slice", "rows", "this version", "champion", "difference", "adjusted p", "finding")
    rows = [
        Row(
            (
                one.name,
                f"{one.rows:,}",
                point(one.candidate),
                point(one.champion),
                difference(one.difference),
                NOTHING if one.p_adjusted is None else f"{one.p_adjusted:.2g}",
                _finding(one),
            ),
            tone="bad" if one.blocks else "warn" if one.unjudged else "",
        )
        for one in ordered
    ]
    return grid(f"{found.metric} by slice", columns, rows, right=(1, 2, 3, 4, 5))


def _finding(one: SliceFinding) -> str:
    if one.blocks:
        return "worse: blocks"
    if one.unjudged:
        return f"not judged: {one.unjudged}"
    return "not found to be worse"


def fairness(evidence: Evidence) -> Section:
    """Show each attribute's groups, and the gap between those that differ most."""
    found = evidence.report.fairness
    if not found:
        declared = evidence.spec.evaluation.fairness
        why = "Not measured." if declared else "Not measured: the spec declares no attributes."
        return Section("fairness", "Fairness", (Text(why),))
    blocks = [block for one in found for block in _attribute(one)]
    return Section("fairness", "Fairness", tuple(blocks))


def _attribute(found: FairnessFinding) -> list[Block]:
    name = f"{found.metric} by {found.attribute}"
    over = found.gap is not None and found.max_gap is not None and found.gap.estimate > found.max_gap
    blocks: list[Block] = [Text(_gap(found), tone="bad" if over else "")]
    rated = [group for group in found.groups if group.rate is not None]
    if rated:
        blocks.append(
            Figure(
                forest(
                    [row for row in map(_group_whisker, rated[:_PLOTTED]) if row],
                    axis=found.metric,
                    label=f"{name}, with intervals",
                ),
                f"{name}: {RATES[found.metric]}",
            )
        )
    rows = [
        Row(
            (
                group.group,
                f"{group.rows:,}",
                measured(group.rate),
                f"does not count: {group.unjudged}" if group.unjudged else "counts",
            ),
            tone="warn" if group.unjudged else "",
        )
        for group in found.groups
    ]
    blocks.append(
        grid(name, ("group", "rows it is about", found.metric, "for the gap"), rows, right=(1, 2), code=(0,))
    )
    return blocks


def _group_whisker(group: GroupRate) -> Whisker | None:
    rate = group.rate
    if rate is None:
        return None
    tone: Tone = "warn" if group.unjudged else ""
    return Whisker(group.group, measured(rate), rate.estimate, rate.low, rate.high, tone, rows=group.rows)


def _gap(found: FairnessFinding) -> str:
    if found.gap is None:
        return f"{found.attribute}, {found.metric}: no gap, as fewer than two groups have a rate."
    between = f" between “{found.highest}” and “{found.lowest}”" if found.highest and found.lowest else ""
    allowed = (
        "only reported"
        if found.max_gap is None
        else f"the spec allows {number(found.max_gap)}, which it is"
        f" {'over' if found.gap.estimate > found.max_gap else 'within'}"
    )
    return f"{found.attribute}, {found.metric}: a gap of {measured(found.gap)}{between}; {allowed}."
