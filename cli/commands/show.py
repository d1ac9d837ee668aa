"""`tideline show`: one version, and everything that led to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.evidence import read_evidence, version_record
from cli.quality import show_fairness, show_inspection, show_metrics, show_slices
from cli.session import Session
from cli.words import ago, count, size, spaced
from tideline.domain import keys

if TYPE_CHECKING:
    from tideline.card.evidence import Evidence
    from tideline.domain.release.approval import Approval

EXAMPLES = ("tideline show churn 3", "tideline show churn 3 --json")
# Enough of a hash to tell one from another by eye.
_SHOWN_HASH = 16


def show(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
) -> None:
    """Show a version: why it was promoted or rejected, what was measured of it, and what it was made from."""
    evidence = read_evidence(session, version_record(session, model, version))
    if session.json:
        session.emit(_as_json(evidence))
        return
    _show(session, evidence)
    report = evidence.report
    show_metrics(session, report)
    show_slices(session, report)
    show_fairness(session, report)
    show_inspection(session, report.inspection, metric=report.metric)


def _as_json(evidence: Evidence) -> dict[str, object]:
    approval = evidence.approval
    return {
        "state": evidence.version.state.value,
        "note": evidence.version.note,
        "verdict": evidence.report.verdict.decision.value,
        "reasons": evidence.report.verdict.reasons,
        "manifest": evidence.manifest.model_dump(mode="json"),
        "report": evidence.report.model_dump(mode="json"),
        "latency": evidence.latency.model_dump(mode="json") if evidence.latency else None,
        "approval": approval.public().model_dump(mode="json") if approval else None,
        "ledger": [entry.model_dump(mode="json") for entry in evidence.own_ledger],
    }


def _show(session: Session, evidence: Evidence) -> None:
    record, manifest, latency = evidence.version, evidence.manifest, evidence.latency
    rows = sum(batch.rows for batch in manifest.batches)
    session.facts(
        {
            "version": f"{record.model} {record.number}, {spaced(record.state)},"
            f" made {ago(record.created_at)}",
            "note": record.note,
            "verdict": "\n".join([record.evaluation.verdict, *record.evaluation.reasons]),
            "approval": _approval(evidence.approval),
            "trainer": f"{manifest.trainer}, {count(manifest.rounds, 'round')},"
            f" best of {count(len(manifest.trials), 'trial')}",
            "parameters": ", ".join(f"{name}={_short(value)}" for name, value in manifest.parameters.items()),
            "seed": manifest.seed,
            "data": f"version {manifest.dataset_version}: {count(rows, 'row')} in"
            f" {count(len(manifest.batches), 'batch', 'batches')},"
            f" sha256 {manifest.dataset_sha256[:_SHOWN_HASH]}",
            "spec": f"version {manifest.spec_version}, sha256 {manifest.spec_sha256[:_SHOWN_HASH]}",
            "run": manifest.run_id,
            "artifact": f"{size(manifest.size_bytes)} of ONNX,"
            f" sha256 {manifest.artifact_sha256[:_SHOWN_HASH]}",
            "latency": f"{latency.p50_us:.0f} µs, 99th percentile {latency.p99_us:.0f} µs" if latency else "",
            "lies at": f"s3://{session.target.output('LakeBucket')}/"
            f"{keys.version_key(record.model, record.number, '')}",
            "libraries": ", ".join(f"{name} {number}" for name, number in manifest.library_versions.items()),
            "code": manifest.code_sha256[:_SHOWN_HASH],
            "ledger": f"{count(len(evidence.own_ledger), 'entry', 'entries')} about it"
            if evidence.own_ledger
            else "",
        }
    )


def _approval(approval: Approval | None) -> str:
    if approval is None:
        return ""
    decision, request = approval.decision, approval.request
    if decision is None:
        return f"asked for {ago(request.requested_at)}, until {request.expires_at:%Y-%m-%d %H:%M} UTC"
    return f"{decision.reason}, {decision.at:%Y-%m-%d %H:%M} UTC"


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
