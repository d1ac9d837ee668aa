"""The model itself: calibration, what it relies on, and what throws it off."""

from __future__ import annotations

from tideline.card.evidence import Evidence
from tideline.card.plots.bars import importance_bars
from tideline.card.plots.reliability import reliability_curve
from tideline.domain.evaluation.inspection.findings import Calibration, ReliabilityBin
from tideline.page.blocks import Block, Figure, Row, Section, Text, grid
from tideline.page.words import count, listed, measured, number, percent, signed

_NOT_MEASURED = (Text("Not measured: the model itself was not looked at."),)
_PLOTTED = 20
# A curve a class takes half a page; further classes are in the table.
_CURVES = 6


def calibration(evidence: Evidence) -> Section:
    """Show whether predicted probabilities came true."""
    found = evidence.report.inspection
    if found is None:
        return Section("calibration", "Calibration", _NOT_MEASURED)
    if not found.calibration:
        why = (
            "Does not apply: the answer is a number, not a probability."
            if evidence.spec.task == "regression"
            else "Not measured."
        )
        return Section("calibration", "Calibration", (Text(why),))
    blocks: list[Block] = [
        Text(
            "Of the rows that were given a probability of 0.7, about 70 % should have turned out so: on the"
            " diagonal a probability means what it says. Below it the model promises too much."
        )
    ]
    blocks += [
        Figure(
            reliability_curve(one, label=f"Reliability curve of the class {one.label}"),
            f"“{one.label}”: expected calibration error {percent(one.expected_calibration_error)}",
            narrow=True,
        )
        for one in found.calibration[:_CURVES]
    ]
    blocks.append(_bins(found.calibration))
    return Section("calibration", "Calibration", tuple(blocks))


def _bins(found: tuple[Calibration, ...]) -> Block:
    columns = ("probabilities", "rows", "mean predicted", "share that came true")
    rows = [(one.label, *_bin(each)) for one in found for each in one.bins]
    if len(found) == 1:
        alone = [Row(cells[1:]) for cells in rows]
        return grid("The same in numbers", columns, alone, right=(1, 2, 3))
    named = [Row(cells) for cells in rows]
    return grid("The same in numbers", ("class", *columns), named, right=(2, 3, 4), code=(0,))


def _bin(one: ReliabilityBin) -> tuple[str, ...]:
    bounds = f"{number(one.low)} to {number(one.high)}"
    return bounds, f"{one.rows:,}", number(one.predicted, digits=3), measured(one.observed)


def importance(evidence: Evidence) -> Section:
    """Show how much the metric drops when each feature is shuffled."""
    found, metric = evidence.report.inspection, evidence.report.metric
    if found is None or not found.importance:
        blocks = _NOT_MEASURED if found is None else (Text("Not measured."),)
        return Section("importance", "Importance", blocks)
    plotted = found.importance[:_PLOTTED]
    left = len(found.importance) - len(plotted)
    rows = [
        Row((one.feature, signed(one.drop), signed(one.low), signed(one.high), str(one.repeats)))
        for one in found.importance
    ]
    columns = ("feature", f"drop of {metric}", "least", "most", "repeats")
    return Section(
        "importance",
        "Importance",
        (
            Text(
                "What the model relies on, not what causes the target: features that say the same share"
                " their importance, and one of them may seem not to matter."
            ),
            Figure(
                importance_bars(plotted, metric=metric, label=f"Drop of {metric} by shuffled feature"),
                "Mean over the repeats; whiskers reach from the smallest drop to the largest"
                + (f"; {count(left, 'less important feature')} left out" if left else ""),
            ),
            grid("The same in numbers", columns, rows, right=(1, 2, 3, 4), code=(0,)),
        ),
    )


def sensitivity(evidence: Evidence) -> Section:
    """Show what happens to answers when values are missing or new, and what else stood out."""
    found, metric = evidence.report.inspection, evidence.report.metric
    if found is None:
        return Section("sensitivity", "Sensitivity and other checks", _NOT_MEASURED)
    blocks: list[Block] = [Text(warning, tone="warn") for warning in found.warnings]
    if found.sensitivity:
        ordered = sorted(found.sensitivity, key=lambda one: (-one.mean_change, one.feature, one.kind))
        rows = [
            Row((one.feature, _KINDS[one.kind], number(one.mean_change, digits=3), signed(one.drop)))
            for one in ordered
        ]
        columns = ("feature", "what was done", "mean change of the answer", f"drop of {metric}")
        blocks.append(grid("Missing and unseen values", columns, rows, right=(2, 3), code=(0,)))
    blocks.append(Text(_leakage(evidence)))
    if found.leakage_suspects:
        suspects = [
            Row((one.feature, f"{one.metric} {number(one.value)}", number(one.threshold)), tone="warn")
            for one in found.leakage_suspects
        ]
        named = ("feature", "alone reaches", "suspicious from")
        blocks.append(grid("Suspects of target leakage", named, suspects, right=(1, 2), code=(0,)))
    return Section("sensitivity", "Sensitivity and other checks", tuple(blocks))


_KINDS = {"missing": "every value missing", "unseen": "a category that training never saw"}


def _leakage(evidence: Evidence) -> str:
    found = evidence.report.inspection
    if found is None:
        return ""
    suspects = [one.feature for one in found.leakage_suspects]
    alone = (
        f"On their own these nearly determine the target: {listed(suspects, most=10)}."
        if suspects
        else "No feature nearly determines the target on its own."
    )
    overlap = (
        " Whether held-out rows equal training rows was not measured."
        if found.overlap_rows is None
        else f" {count(found.overlap_rows, 'held-out row')} of {evidence.report.rows:,}"
        f" {'equals' if found.overlap_rows == 1 else 'equal'} a training row in every column."
    )
    return alone + overlap
