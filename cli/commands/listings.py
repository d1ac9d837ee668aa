"""`tideline versions`, `runs` and `data`: what there is of a model."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.push import answer_json
from cli.decided import approvers_of, decisive_intervals, short_identity
from cli.inbox.answers import answer_for
from cli.session import Session
from cli.words import ago, count, dollars, duration, score
from tideline.domain import keys
from tideline.domain.intake.dataset import Batch, active_batches
from tideline.domain.intake.dropped_object import DroppedObject, ObjectReceipt
from tideline.domain.training.run import Run

Model = Annotated[str, typer.Argument(metavar="MODEL")]
VERSIONS_EXAMPLES = ("tideline versions churn",)
RUNS_EXAMPLES = ("tideline runs churn",)
DATA_EXAMPLES = ("tideline data churn", "tideline data churn --json")


def versions(session: Session, model: Model) -> None:
    """List every version of a model, newest first, with its state and what it scored."""
    session.registry.spec(model)
    found = list(reversed(session.registry.versions.all(model)))
    approvers = approvers_of(session.registry.ledger.entries(model))
    if session.json:
        session.emit(
            [
                version.model_dump(mode="json") | {"approver": approvers.get(version.number)}
                for version in found
            ]
        )
        return
    if not found:
        session.say(f"{model} has no versions yet: tideline status {model}")
        return
    intervals = decisive_intervals(session, found)
    session.table(
        [
            "version",
            "state",
            "metric",
            "value",
            "interval",
            "champion",
            "verdict",
            "approver",
            "trainer",
            "data",
            "spec",
            "made",
            "note",
        ],
        [
            [
                version.number,
                version.state.value,
                version.evaluation.metric,
                score(version.evaluation.candidate),
                intervals.get(version.number, ""),
                score(version.evaluation.champion),
                version.evaluation.verdict,
                short_identity(approvers.get(version.number, "")),
                version.trainer,
                version.dataset_version,
                version.spec_version,
                ago(version.created_at),
                version.note,
            ]
            for version in found
        ],
        right=("version", "value", "champion", "data", "spec"),
    )


def runs(session: Session, model: Model) -> None:
    """List every run of a model, newest first: what asked for it, how it ended and what it cost."""
    session.registry.spec(model)
    found = list(reversed(session.registry.runs.all(model)))
    if session.json:
        session.emit(
            [
                run.model_dump(mode="json") | {"cost_usd": run.cost.total_usd if run.cost else None}
                for run in found
            ]
        )
        return
    if not found:
        session.say(f"{model} has no runs yet: tideline status {model}")
        return
    session.table(
        ["run", "state", "version", "by", "data", "spec", "began", "took", "cost", "what happened"],
        [
            [
                run.order.run_id,
                run.status.value,
                run.version,
                run.trigger.value,
                run.order.dataset_version,
                run.order.spec_version,
                ago(run.created_at),
                duration((run.ended_at - run.created_at).total_seconds()) if run.ended_at else "",
                dollars(run.cost.total_usd) if run.cost else run.cost_note and "unknown",
                _gist(run),
            ]
            for run in found
        ],
        right=("version", "data", "spec", "took", "cost"),
    )


def data(session: Session, model: Model) -> None:
    """List a model's batches, and what became of every object that was ever dropped for it."""
    session.registry.spec(model)
    batches = list(session.registry.datasets.batches(model))
    receipts = session.registry.receipts.all(model)
    if session.json:
        session.emit(
            {
                "model": model,
                "dataset_version": len(batches),
                "batches": [batch.model_dump(mode="json") for batch in batches],
                "objects": [
                    answer_json(session, answer_for(session.registry, model, _dropped(receipt), receipt))
                    | {"at": receipt.at.isoformat()}
                    for receipt in receipts
                ],
            }
        )
        return
    _show_data(session, model, batches, receipts)


def _show_data(session: Session, model: str, batches: list[Batch], receipts: list[ObjectReceipt]) -> None:
    active = active_batches(batches, version=len(batches))
    rows = count(sum(batch.rows for batch in active), "row")
    session.say(
        f"{model}: data set version {len(batches)}, {rows} in {count(len(active), 'batch', 'batches')}"
    )
    in_use = {batch.number for batch in active}
    if batches:
        session.table(
            ["batch", "rows", "bad rows", "format", "file", "accepted", "in use"],
            [
                [
                    batch.number,
                    f"{batch.rows:,}",
                    f"{batch.bad_rows:,}",
                    batch.format,
                    keys.parse_inbox_key(batch.object_key).name,
                    ago(batch.accepted_at),
                    "yes" if batch.number in in_use else "replaced",
                ]
                for batch in batches
            ],
            right=("batch", "rows", "bad rows"),
        )
    if receipts:
        session.say("Everything that was dropped:")
        session.table(
            ["file", "outcome", "dropped", "what was said"],
            [
                [
                    keys.parse_inbox_key(receipt.key).name,
                    receipt.outcome.value,
                    ago(receipt.at),
                    receipt.message,
                ]
                for receipt in receipts
            ],
        )


def _dropped(receipt: ObjectReceipt) -> DroppedObject:
    return DroppedObject(bucket="", key=receipt.key, version_id=receipt.version_id)


def _gist(run: Run) -> str:
    if run.failure is not None:
        return f"{run.failure.stage}: {run.failure.error}"
    if run.evaluation is None:
        return ""
    return f"{run.evaluation.metric} {score(run.evaluation.candidate)}"
