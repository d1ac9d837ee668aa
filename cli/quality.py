"""What was measured of a version, in compact tables: slices, fairness, the model itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.session import Session
from cli.words import bounds, count, score, within

if TYPE_CHECKING:
    from tideline.domain.evaluation.groups.slices import SliceFinding
    from tideline.domain.evaluation.inference.interval import Interval
    from tideline.domain.evaluation.inspection.findings import Inspection
    from tideline.domain.evaluation.report import EvaluationReport

# As many as a screen holds; --json and the card have all.
_SLICES = 10
_FEATURES = 8


def show_metrics(session: Session, report: EvaluationReport) -> None:
    """Show every metric with its interval, beside the champion's."""
    champion = report.champion
    confidence = report.decisive.confidence
    session.say(f"On {count(report.rows, 'held-out row')}, with {confidence:.0%} intervals:")
    names = ["metric", "this version", "interval"]
    if champion:
        names += [f"version {champion.version} then", "difference", "interval of the difference"]
    rows: list[list[object]] = []
    for name, own in report.candidate.items():
        cells: list[object] = [name, _estimate(own), _bounds(own)]
        if champion:
            difference = champion.differences.get(name)
            cells += [_estimate(champion.metrics.get(name)), _signed(difference), _bounds(difference)]
        rows.append(cells)
    session.table(names, rows)


def show_slices(session: Session, report: EvaluationReport) -> None:
    """Show slices, those that block first, and as many of the others as fit."""
    found = report.slices
    if found is None or not found.slices:
        return
    ordered = sorted(found.slices, key=_worst_first)
    blocking = sum(one.blocks for one in ordered)
    shown = ordered[: max(_SLICES, blocking)]
    left = f"; {len(shown)} are shown" if len(shown) < len(ordered) else ""
    session.say(f"{count(len(ordered), 'slice')} by {found.metric}, of which {blocking} block{left}:")
    names = [
        "slice",
        "rows",
        "this version",
        "champion",
        "difference",
        "interval of the difference",
        "finding",
    ]
    session.table(
        names,
        [
            [
                one.name,
                f"{one.rows:,}",
                _estimate(one.candidate),
                _estimate(one.champion),
                _signed(one.difference),
                _bounds(one.difference),
                "blocks" if one.blocks else one.unjudged or "",
            ]
            for one in shown
        ],
        right=("rows",),
    )


def show_fairness(session: Session, report: EvaluationReport) -> None:
    """Show the gap of each attribute."""
    if not report.fairness:
        return
    session.say("Fairness: the gap between the groups that differ most:")
    session.table(
        ["attribute", "rate", "gap", "interval", "allowed", "highest", "lowest"],
        [
            [
                one.attribute,
                one.metric,
                _estimate(one.gap),
                _bounds(one.gap),
                score(one.max_gap),
                one.highest,
                one.lowest,
            ]
            for one in report.fairness
        ],
    )


def show_inspection(session: Session, found: Inspection | None, *, metric: str) -> None:
    """Show calibration, what the model relies on, what throws it off, and every warning."""
    if found is None:
        return
    for one in found.calibration:
        error = one.expected_calibration_error
        session.say(f"Expected calibration error of {one.label}: {error:.2%}")
    missing = {one.feature: one for one in found.sensitivity if one.kind == "missing"}
    unseen = {one.feature: one for one in found.sensitivity if one.kind == "unseen"}
    shown = found.importance[:_FEATURES]
    if shown:
        left = len(found.importance) - len(shown)
        more = f" ({left} less important left out)" if left else ""
        session.say(f"Drop of {metric} when a feature is shuffled, missing or unseen{more}:")
        session.table(
            ["feature", "shuffled", "missing", "unseen"],
            [
                [
                    one.feature,
                    f"{one.drop:+.3g}",
                    _drop(missing[one.feature].drop if one.feature in missing else None),
                    _drop(unseen[one.feature].drop if one.feature in unseen else None),
                ]
                for one in shown
            ],
            right=("shuffled", "missing", "unseen"),
        )
    for warning in found.warnings:
        session.say(f"warning: {warning}", style="yellow")


def _worst_first(one: SliceFinding) -> tuple[bool, bool, float, str]:
    difference = one.difference.estimate if one.difference else 0.0
    return (not one.blocks, one.unjudged is not None, difference, one.name)


def _drop(value: float | None) -> str:
    return "" if value is None else f"{value:+.3g}"


def _estimate(interval: Interval | None) -> str:
    return "" if interval is None else within(interval.estimate, low=interval.low, high=interval.high)


def _signed(interval: Interval | None) -> str:
    return (
        "" if interval is None else within(interval.estimate, low=interval.low, high=interval.high, sign="+")
    )


def _bounds(interval: Interval | None) -> str:
    return "" if interval is None else bounds(interval.low, interval.high)
