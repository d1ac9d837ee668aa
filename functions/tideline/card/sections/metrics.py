"""Metrics: this version, the champion and the best constant answer, on the same rows."""

from __future__ import annotations

from tideline.card.evidence import Evidence
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.evaluation.report import EvaluationReport
from tideline.page.blocks import Block, Bullets, Figure, Row, Section, Text, facts, grid
from tideline.page.forest import Mark, Whisker, forest
from tideline.page.words import METRICS, count, difference, measured, number, point, span

# Widths of everything else at which the constant answer would squeeze it to a dot.
_FAR = 2


def metrics(evidence: Evidence) -> Section:
    """Show every metric with its interval, and the one that decides as a plot."""
    report = evidence.report
    confidence = f"{report.decisive.confidence * 100:g} %"
    blocks: tuple[Block, ...] = (
        Text(
            f"“{report.metric}” decides. Intervals are {confidence} confidence intervals:"
            " if rows were held out again and again, that share of such intervals would hold the true value."
        ),
        _figure(evidence, confidence),
        _table(report, confidence),
        Bullets(
            tuple(f"{name}: {METRICS[name]}" for name in report.candidate if name in METRICS),
            title="What they mean",
        ),
        _made(report),
    )
    return Section("metrics", "Metrics", blocks)


def _figure(evidence: Evidence, confidence: str) -> Figure:
    report, minimum = evidence.report, evidence.spec.evaluation.minimum
    rows = [_whisker(f"this version ({evidence.manifest.version})", report.decisive)]
    if report.champion and (theirs := report.champion.metrics.get(report.metric)):
        rows.append(_whisker(f"champion (version {report.champion.version})", theirs))
    floor, constant = report.floor.value, "best constant answer"
    near = _lies_near(floor, rows, minimum)
    if near:
        rows.append(Whisker(constant, number(floor), floor, tone="warn"))
    plot = forest(
        rows,
        marks=[] if minimum is None else [Mark(f"minimum {number(minimum)}", minimum, dashed=True)],
        axis=report.metric,
        label=f"{report.metric} of this version and of what it is compared with",
    )
    shown = f"{report.metric} on {count(report.rows, 'held-out row')}, higher is better"
    beyond = "" if near else f"; the {constant}, {number(floor)}, lies far outside"
    return Figure(plot, f"{shown}; whiskers are {confidence} intervals{beyond}")


def _whisker(label: str, interval: Interval) -> Whisker:
    return Whisker(label, measured(interval), interval.estimate, interval.low, interval.high)


def _lies_near(floor: float, rows: list[Whisker], minimum: float | None) -> bool:
    """Tell whether the axis can take it in and still show how wide the intervals are."""
    bounds = [value for row in rows for value in (row.low, row.high) if value is not None]
    bounds += [] if minimum is None else [minimum]
    return min(bounds) - floor <= _FAR * (max(bounds) - min(bounds))


def _table(report: EvaluationReport, confidence: str) -> Block:
    columns = ["metric", "this version", f"{confidence} interval"]
    if report.champion:
        columns += [f"version {report.champion.version}", "difference, with its interval"]
    rows = []
    for name, own in report.candidate.items():
        cells = [name, point(own) if own else "means nothing here", span(own)]
        if report.champion:
            theirs = report.champion.metrics.get(name)
            cells += [
                point(theirs),
                difference(report.champion.differences.get(name)),
            ]
        rows.append(Row(tuple(cells)))
    return grid("Every metric", columns, rows, right=range(1, len(columns)), code=(0,))


def _made(report: EvaluationReport) -> Block:
    plan, parity = report.bootstrap, report.parity
    answer = ", ".join(number(value) for value in report.floor.answer)
    differ = f"{number(parity.largest_difference, digits=2)} at most over {count(parity.rows, 'row')}"
    strata = "within each class" if plan.strata == "class" else "over all rows"
    return facts(
        ("intervals", f"BCa bootstrap, {count(plan.resamples, 'resample')} {strata}, seed {plan.seed}"),
        ("best constant answer", f"{answer}: {report.metric} {number(report.floor.value)}"),
        ("artifact against trainer", f"differ by {differ}; {number(parity.allowed, digits=2)} is allowed"),
    )
