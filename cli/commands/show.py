"""`tideline show`: one version, and everything that led to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.errors import CliError
from cli.lineage.records import load_version
from cli.session import Session
from cli.words import ago, count, score, size
from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.domain import keys
from tideline.domain.release.approval import Approval
from tideline.domain.release.manifest import Manifest
from tideline.domain.release.version import ModelVersion
from tideline.errors import ObjectMissing

EXAMPLES = ("tideline show churn 3", "tideline show churn 3 --json")
# Enough of a hash to tell one from another by eye.
_SHOWN_HASH = 16


def show(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
) -> None:
    """Show a version: its manifest, its metrics with their intervals, and why it was promoted or rejected."""
    session.registry.spec(model)
    record = load_version(session, model, version)
    lake = S3ObjectStore(session.target.s3, session.target.output("LakeBucket"))
    try:
        manifest = Manifest.model_validate_json(lake.read(keys.version_key(model, version, "manifest.json")))
        report = json.loads(lake.read(keys.version_key(model, version, "report.json")))
    except ObjectMissing as exc:
        raise CliError(f"{exc.key} is gone from the lake: version {version} cannot be shown") from exc
    approval = session.registry.approvals.load(model, version)
    if session.json:
        session.emit(
            {
                "state": record.state.value,
                "note": record.note,
                "approval": approval.public().model_dump(mode="json") if approval else None,
                "manifest": manifest.model_dump(mode="json"),
                "report": report,
            }
        )
        return
    _show(session, record, manifest, report, approval=_approval(approval))


def _approval(approval: Approval | None) -> str:
    if approval is None:
        return ""
    decision, request = approval.decision, approval.request
    if decision is None:
        return f"asked for {ago(request.requested_at)}, until {request.expires_at:%Y-%m-%d %H:%M} UTC"
    return f"{decision.reason}, {decision.at:%Y-%m-%d %H:%M} UTC"


def _show(
    session: Session, record: ModelVersion, manifest: Manifest, report: Mapping[str, Any], *, approval: str
) -> None:
    rows = sum(batch.rows for batch in manifest.batches)
    session.facts(
        {
            "version": f"{record.model} {record.number}, {record.state}, made {ago(record.created_at)}",
            "note": record.note,
            "verdict": "\n".join([record.evaluation.verdict, *record.evaluation.reasons]),
            "approval": approval,
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
            "lies at": f"s3://{session.target.output('LakeBucket')}/"
            f"{keys.version_key(record.model, record.number, '')}",
            "libraries": ", ".join(f"{name} {number}" for name, number in manifest.library_versions.items()),
            "code": manifest.code_sha256[:_SHOWN_HASH],
        }
    )
    _show_metrics(session, report)


def _show_metrics(session: Session, report: Mapping[str, Any]) -> None:
    champion = report.get("champion") or {}
    confidence = float(report["decisive"]["confidence"])
    session.say(f"On {count(int(report['rows']), 'held-out row')}, with {confidence:.0%} intervals:")
    names = ["metric", "this version", "interval"]
    if champion:
        names += [f"version {champion['version']} then", "difference", "interval of the difference"]
    session.table(
        names, [_metric(name, interval, champion) for name, interval in report["candidate"].items()]
    )


def _metric(name: str, interval: Mapping[str, Any] | None, champion: Mapping[str, Any]) -> list[object]:
    cells: list[object] = [name, _estimate(interval), _bounds(interval)]
    if champion:
        difference = champion["differences"].get(name)
        cells += [_estimate(champion["metrics"].get(name)), _signed(difference), _bounds(difference)]
    return cells


def _estimate(interval: Mapping[str, Any] | None) -> str:
    return "" if interval is None else score(float(interval["estimate"]))


def _signed(interval: Mapping[str, Any] | None) -> str:
    return "" if interval is None else f"{float(interval['estimate']):+.3g}"


def _bounds(interval: Mapping[str, Any] | None) -> str:
    return "" if interval is None else f"{score(float(interval['low']))} to {score(float(interval['high']))}"


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
