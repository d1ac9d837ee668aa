"""The top of the page: what was decided and why, what to do next, and six figures."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.domain.monitoring.record import RealisedQuality
from tideline.monitoring_report.evidence import ReportEvidence
from tideline.monitoring_report.words import TONES, meaning, next_steps, period
from tideline.page.top import Tile, Top
from tideline.page.words import NOTHING, count, moment, number, percent, point, span


@dataclass(frozen=True)
class Headline(Top):
    """The top; `others` are the next steps."""

    looked: str


def headline(evidence: ReportEvidence) -> Headline:
    """Put the decision and its reasons first."""
    record = evidence.record
    return Headline(
        model=record.model,
        version=record.version,
        looked=f"Looked at {moment(record.at)}: calls from {moment(record.since)} to {moment(record.until)}.",
        verdict=record.decision.upper(),
        meaning=meaning(record),
        tone=TONES[record.decision],
        reasons=record.reasons,
        others=next_steps(record),
        tiles=tuple(make(evidence) for make in _TILES),
    )


def newest_period(evidence: ReportEvidence) -> RealisedQuality | None:
    """Return the newest mature period, or the newest one where none is mature."""
    periods = evidence.periods
    known = [one for one in periods if one.mature] or periods
    return known[-1] if known else None


def _rows(evidence: ReportEvidence) -> Tile:
    record = evidence.record
    few = record.traffic.rows < record.min_rows
    note = f"{'needs' if few else 'needed'} at least {record.min_rows:,}"
    return Tile("rows answered", f"{record.traffic.rows:,}", note)


def _drifted(evidence: ReportEvidence) -> Tile:
    features = evidence.record.features
    compared = [one for one in features if one.verdict in ("stable", "drifted")]
    if not compared:
        return Tile("features drifted", NOTHING, "none was compared")
    drifted = len(evidence.record.drifted)
    note = f"of {len(compared):,} compared" + (
        f", {len(features) - len(compared):,} not" if len(features) > len(compared) else ""
    )
    return Tile("features drifted", f"{drifted:,}", note, tone="bad" if drifted else "")


def _estimated(evidence: ReportEvidence) -> Tile:
    found = evidence.record.estimate
    if found is None:
        return Tile("estimated quality", NOTHING, "not estimated")
    note = f"{span(found.estimate)}; {number(found.reference)} of the holdout by the same estimate"
    name = f"{found.metric}, estimated"
    if not found.trusted:
        return Tile(name, point(found.estimate), f"not to be relied on; {note}")
    return Tile(name, point(found.estimate), note, tone="bad" if found.dropped else "")


def _realised(evidence: ReportEvidence) -> Tile:
    found = newest_period(evidence)
    if found is None:
        return Tile("realised quality", NOTHING, "no labels yet")
    share = percent(found.labelled / found.rows) if found.rows else NOTHING
    note = f"{period(found.since, found.until)}: {share} labelled"
    note += "" if found.mature else ", immature"
    return Tile(f"{found.metric}, realised", point(found.interval), note, tone="bad" if found.dropped else "")


def _failures(evidence: ReportEvidence) -> Tile:
    traffic = evidence.record.traffic
    if not traffic.calls:
        return Tile("failed calls", NOTHING, "no calls")
    return Tile("failed calls", percent(traffic.failed / traffic.calls), f"of {count(traffic.calls, 'call')}")


def _latency(evidence: ReportEvidence) -> Tile:
    traffic = evidence.record.traffic
    if traffic.p95_ms is None:
        return Tile("latency", NOTHING, "no calls")
    note = f"median {number(traffic.p50_ms, digits=3)}, p99 {number(traffic.p99_ms, digits=3)}"
    return Tile("latency, p95", f"{number(traffic.p95_ms, digits=3)} ms", note)


_TILES = (_rows, _drifted, _estimated, _realised, _failures, _latency)
