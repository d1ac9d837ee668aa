"""The window and its traffic."""

from __future__ import annotations

from tideline.domain.monitoring.record import Traffic
from tideline.monitoring_report.evidence import ReportEvidence
from tideline.page.blocks import Block, Row, Section, Text, facts, grid
from tideline.page.words import NOTHING, count, moment, number, percent


def traffic(evidence: ReportEvidence) -> Section:
    """Show which calls this look is about, how they went, and which versions answered."""
    record, seen = evidence.record, evidence.record.traffic
    blocks: list[Block] = [
        facts(
            ("window", f"{moment(record.since)} to {moment(record.until)}"),
            (
                "rows",
                f"{count(seen.rows, 'row')} answered to callers; at least {record.min_rows:,} are needed",
            ),
            ("calls", _calls(seen)),
            ("latency", _latency(seen)),
            ("held against", _reference(evidence)),
            ("looks before", f"{len(evidence.earlier):,}"),
        )
    ]
    if not seen.calls:
        blocks.append(Text("Nobody called this version in the window.", tone="warn"))
    if seen.shares:
        total = sum(share.calls for share in seen.shares)
        rows = [
            Row(
                (
                    f"version {share.version}" + (" (this one)" if share.version == record.version else ""),
                    f"{share.calls:,}",
                    percent(share.calls / total) if total else NOTHING,
                    f"{share.rows:,}",
                )
            )
            for share in seen.shares
        ]
        blocks.append(
            grid("Who answered", ("version", "calls", "share of calls", "rows"), rows, right=(1, 2, 3))
        )
    return Section("traffic", "Window and traffic", tuple(blocks))


def _calls(seen: Traffic) -> str:
    if not seen.calls:
        return "none"
    return f"{seen.calls:,}, of which {seen.failed:,} failed ({percent(seen.failed / seen.calls)})"


def _latency(seen: Traffic) -> str:
    if seen.p50_ms is None:
        return NOTHING
    told = [number(value, digits=3) for value in (seen.p50_ms, seen.p95_ms, seen.p99_ms)]
    return f"at most {told[0]} ms for half of the calls, {told[1]} for 95 %, {told[2]} for 99 %"


def _reference(evidence: ReportEvidence) -> str:
    found = evidence.reference
    if found is None:
        return "nothing: this version's reference is missing"
    return f"the training rows of run {found.run_id}, and its {count(found.rows, 'held-out row')}"
