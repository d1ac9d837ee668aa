"""One look, told to a person: what was decided and why, what was seen, what to do next.

Imported only where a look is told: the words come from the page's package.
"""

from __future__ import annotations

from collections.abc import Sequence

from cli.session import Session
from cli.watching.trends import periods
from cli.words import ago, bounds, count, score, within
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.monitoring.record import MonitoringRecord, RealisedQuality, Traffic
from tideline.monitoring_report.words import MEANINGS, next_steps, period
from tideline.page.words import listed, moment, percent, printable

STYLES = {"stable": "bold green", "warn": "bold yellow", "retrain": "bold red", "undecided": "bold"}
_NAMED = 6


def tell_look(session: Session, record: MonitoringRecord, *, page: str) -> None:
    """Show a look; `page` is where its page lies."""
    session.say(f"{record.decision.upper()}: {MEANINGS[record.decision]}", style=STYLES[record.decision])
    for reason in record.reasons:
        session.say(f"- {printable(reason)}", indent=2)
    session.facts(
        {
            "looked at": f"version {record.version} of {record.model}, {ago(record.at)}",
            "window": f"{moment(record.since)} to {moment(record.until)}",
            "traffic": told_traffic(record.traffic, min_rows=record.min_rows),
            "features": told_features(record),
            "estimated": told_estimate(record),
            "realised": told_realised(periods([record])),
            "labels": _labels(record),
            "notes": "\n".join(map(printable, record.notes)),
            "page": page,
            "next": "\n".join(next_steps(record)),
        }
    )


def told_traffic(seen: Traffic, *, min_rows: int) -> str:
    """Return rows, calls, failures, latency and who else answered."""
    if not seen.calls:
        return "nobody called this version"
    needed = "" if seen.rows >= min_rows else f" of {min_rows:,} needed"
    told = f"{count(seen.rows, 'row')}{needed} in {count(seen.calls, 'call')}"
    told += f", {percent(seen.failed / seen.calls)} failed"
    if seen.p50_ms is not None and seen.p99_ms is not None:
        told += f", median {score(seen.p50_ms)} ms, p99 {score(seen.p99_ms)} ms"
    if len(seen.shares) > 1:
        total = sum(share.calls for share in seen.shares) or 1
        told += "; " + ", ".join(
            f"version {share.version} {percent(share.calls / total)}" for share in seen.shares
        )
    return told


def told_features(record: MonitoringRecord) -> str:
    """Return how many features drifted, and the most harmful by name."""
    compared = sum(one.verdict in ("stable", "drifted") for one in record.features)
    if not compared:
        return "none was compared"
    names = [printable(one.name) for one in record.drifted]
    told = f"{len(names)} of {compared} drifted"
    told += f": {listed(names, most=_NAMED)}" if names else ""
    return told + (f" (tideline drift {record.model})" if names else "")


def told_estimate(record: MonitoringRecord) -> str | None:
    """Return the estimate beside what it was on the holdout, and whether to believe it."""
    found = record.estimate
    if found is None:
        return None
    told = f"{found.metric} {_measured(found.estimate)}, {score(found.reference)} on the holdout"
    told += "; dropped" if found.dropped else ""
    return told + ("" if found.trusted else "; not to be relied on")


def told_realised(found: Sequence[RealisedQuality]) -> str | None:
    """Return the newest periods with labels, one a line."""
    lines = [
        f"{one.metric} {_measured(one.interval)} of {period(one.since, one.until)},"
        f" {score(one.reference.estimate)} on the holdout; {one.labelled:,} of {one.rows:,} labelled"
        + ("; dropped" if one.dropped else "")
        + ("" if one.mature else "; immature")
        for one in found[-3:]
    ]
    return "\n".join(lines) or None


def _measured(interval: Interval | None) -> str:
    if interval is None:
        return "says nothing on these rows"
    low, high = interval.low, interval.high
    return f"{within(interval.estimate, low=low, high=high)} ({bounds(low, high)})"


def _labels(record: MonitoringRecord) -> str | None:
    found = record.labels
    if found is None:
        return None
    kinds = ("orphans", "corrected", "invalid", "early", "upcoming")
    others = {name: getattr(found, name) for name in kinds}
    return ", ".join(
        [f"{found.joined:,} joined", *(f"{number:,} {name}" for name, number in others.items() if number)]
    )
