"""Limits: what the evidence itself shows to be thin, missing or out of its reach."""

from __future__ import annotations

from collections.abc import Iterator

from tideline.card.evidence import Evidence
from tideline.card.sections.data import window
from tideline.domain.evaluation.inspection.findings import Inspection
from tideline.page.blocks import Bullets, Section
from tideline.page.words import count, difference, listed, number, span

# With fewer rows a 95 % interval of a share reaches 3 points or more to either side (1.96 * 0.5 / sqrt(n)).
FEW_ROWS = 1_000
# With fewer rows of a class it is 10 points or more.
FEW_OF_A_CLASS = 100
_NAMED = 6


def limits(evidence: Evidence) -> Section:
    """List what was found wanting, what was not measured, and what such numbers cannot tell."""
    shown, missing = (*_thin(evidence), *_unjudged(evidence), *_warned(evidence)), _missing(evidence)
    return Section(
        "limits",
        "Limits",
        (
            Bullets(shown or (_NONE,), title="What the evidence shows"),
            *([Bullets(missing, title="What was not measured")] if missing else []),
            Bullets(tuple(_beyond(evidence)), title="What these numbers cannot tell"),
        ),
    )


_NONE = "Nothing in the evidence stands out."


def _thin(evidence: Evidence) -> Iterator[str]:
    report, margin = evidence.report, evidence.spec.evaluation.margin
    if report.rows < FEW_ROWS:
        yield f"Only {count(report.rows, 'row')} held out: intervals are wide, rare cases are hardly there."
    rare = [
        f"“{name}” ({rows:,})" for name, rows in (report.class_rows or {}).items() if rows < FEW_OF_A_CLASS
    ]
    if rare:
        yield f"Classes with fewer than {FEW_OF_A_CLASS} held-out rows: {listed(rare, most=_NAMED)}."
    empty = [name for name, interval in report.candidate.items() if interval is None]
    if empty:
        yield f"Metrics that mean nothing on these rows: {listed(empty, most=_NAMED)}."
    champion = report.champion
    between = champion.differences.get(report.metric) if champion else None
    if champion and between and between.low <= 0 <= between.high:
        yield (
            f"Whether it is better or worse than version {champion.version} is not settled: the difference"
            f" of {report.metric} is {difference(between)}, an interval that holds 0."
        )
    half = (report.decisive.high - report.decisive.low) / 2
    if half > margin:
        yield (
            f"{report.metric} is known to about ±{number(half, digits=2)} ({span(report.decisive)}), coarser"
            f" than the margin of {number(margin)} that the spec calls acceptable."
        )
    if champion and champion.missing_features:
        yield (
            f"Version {champion.version} was compared without features that the holdout lacks:"
            f" {listed(champion.missing_features, most=_NAMED)}."
        )
    if evidence.spec.training.window is not None:
        yield f"It learnt from {window(evidence.spec.training)} only; what happened before is forgotten."


def _unjudged(evidence: Evidence) -> Iterator[str]:
    found = evidence.report.slices
    if found is not None:
        silent = [f"{one.name} ({one.unjudged})" for one in found.slices if one.unjudged]
        if silent:
            yield f"{count(len(silent), 'slice')} could not be judged: {listed(silent, most=_NAMED)}."
        if found.too_small:
            yield (
                f"{count(found.too_small, 'slice')} had fewer than {found.min_rows:,} rows and"
                f" {'was' if found.too_small == 1 else 'were'} not looked at."
            )
    groups = [
        f"{group.group} of {one.attribute} ({group.unjudged})"
        for one in evidence.report.fairness
        for group in one.groups
        if group.unjudged
    ]
    if groups:
        yield f"Groups that do not count for a fairness gap: {listed(groups, most=_NAMED)}."


def _warned(evidence: Evidence) -> Iterator[str]:
    found = evidence.report.inspection
    if found is None:
        return
    yield from found.warnings or _own_warnings(found)


def _own_warnings(found: Inspection) -> Iterator[str]:
    """Say what stands out where whoever looked at the model did not."""
    if found.leakage_suspects:
        names = [one.feature for one in found.leakage_suspects]
        yield (
            f"Suspects of target leakage: {listed(names, most=_NAMED)}. If they are not known at the time of"
            " asking, live answers will be far worse than these figures."
        )
    if found.overlap_rows:
        yield f"{count(found.overlap_rows, 'held-out row')} had an equal in training: the figures flatter."


def _missing(evidence: Evidence) -> tuple[str, ...]:
    report = evidence.report
    parts = {
        "A comparison with a champion: there was none to compare with.": report.champion is None,
        "Slices: a part of the rows may be served much worse than the whole.": report.slices is None,
        "Fairness: groups may be treated differently.": not report.fairness,
        "Calibration, importance, sensitivity, leakage and overlap.": report.inspection is None,
        "Latency of a prediction.": evidence.latency is None,
    }
    return tuple(text for text, is_missing in parts.items() if is_missing)


def _beyond(evidence: Evidence) -> Iterator[str]:
    batches = count(len(evidence.manifest.batches), "batch", "batches")
    yield f"How it answers rows unlike those of its {batches}: other places, other people, later times."
    if evidence.spec.time is None:
        yield "How it ages: the split is not by time, so no figure is about rows later than its training."
    yield "How another training would turn out: intervals are about which rows were held out, not the seed."
    yield "Why: importance says what it relies on, and nothing of causes."
