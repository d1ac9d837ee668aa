"""`tideline status`: where models stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cli.explain.denials import advise_denied, month_json, told_month, told_wish, wish_json
from cli.releasing.standing import (
    answering,
    short_release,
    standing_json,
    told_rollback,
    under_release,
)
from cli.session import Session
from cli.watching.watched import short_watched, watched, watched_json
from cli.words import ago, count, score, spaced
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.intake.dataset import Batch, active_batches
from tideline.domain.release.approval import Approval
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.version import ModelVersion, VersionState
from tideline.domain.training.governing.month import Spending, spending
from tideline.domain.training.governing.wish import Wish
from tideline.domain.training.run import Run

_COLUMNS = ("model", "live", "scored", "releasing", "data", "rows", "newest run", "state", "since")
EXAMPLES = ("tideline status", "tideline status churn --json")


@dataclass(frozen=True)
class Standing:
    """Everything that is known of where a model stands."""

    model: str
    spec: ModelSpec
    spec_version: int
    batches: tuple[Batch, ...]
    deployment: Deployment | None
    live: ModelVersion | None
    newest: ModelVersion | None
    run: Run | None
    month: Spending
    wish: Wish | None
    in_flight: str | None
    approval: Approval | None

    @property
    def rows(self) -> int:
        """Rows of the newest data set version."""
        return sum(batch.rows for batch in active_batches(self.batches, version=len(self.batches)))


def status(
    session: Session,
    model: Annotated[str | None, typer.Argument(metavar="MODEL", help="[default: all of them]")] = None,
) -> None:
    """Show where a model stands, or all of them: data, what is live, the newest run."""
    if model is not None:
        _show_one(session, standing(session, model))
        return
    standings = [standing(session, name) for name in session.registry.specs.models()]
    if session.json:
        session.emit([_json(each) | _watched_json(session, each) for each in standings])
    elif not standings:
        session.say("No models yet. Begin with: tideline init FILE --model NAME --target COLUMN")
    else:
        session.table(
            [*_COLUMNS, "watched"],
            [[*_row(each), _watched(session, each)] for each in standings],
            right=("rows",),
        )


def standing(session: Session, model: str) -> Standing:
    """Return where a model stands; raises `CliError` for an unknown one."""
    registry = session.registry
    spec, deployment = registry.spec(model), registry.deployments.load(model)
    runs, versions = registry.runs.all(model), registry.versions.all(model)
    champion = deployment.champion.version if deployment else None
    newest = versions[-1] if versions else None
    return Standing(
        model=model,
        spec=spec,
        spec_version=registry.specs.head(model).version,
        batches=tuple(registry.datasets.batches(model)),
        deployment=deployment,
        live=next((version for version in versions if version.number == champion), None),
        newest=newest,
        run=runs[-1] if runs else None,
        month=spending(runs, at=datetime.now(UTC)),
        wish=registry.runs.remembered(model),
        in_flight=registry.runs.in_flight(model),
        approval=registry.approvals.load(model, newest.number) if newest else None,
    )


def _row(at: Standing) -> list[object]:
    run, live = at.run, at.live
    return [
        at.model,
        f"version {live.number}" if live else "",
        f"{live.evaluation.metric} {score(live.evaluation.candidate)}" if live else "",
        short_release(at.deployment),
        f"version {len(at.batches)}" if at.batches else "",
        f"{at.rows:,}",
        run.order.run_id if run else "",
        run.status.value if run else "",
        ago(run.ended_at or run.created_at) if run else "",
    ]


def _show_one(session: Session, at: Standing) -> None:
    if session.json:
        session.emit(_json(at) | _watched_json(session, at))
        return
    session.facts(
        {
            "model": f"{at.model}: {at.spec.task}, predicts {at.spec.target}"
            f" from {count(len(at.spec.features), 'feature')}",
            "spec": f"version {at.spec_version}; decides by {at.spec.metric}",
            "data": _data(at),
            "live": _live(at),
            "releasing": under_release(at.deployment) if at.deployment else None,
            "answering": answering(at.deployment) if at.deployment and at.deployment.others else None,
            "rollback": told_rollback(at.deployment) if at.deployment else None,
            "watched": watched(session, at.model) if at.deployment else None,
            "newest version": _newest(at),
            "newest run": _run(at),
            "this month": told_month(at.month, at.spec.retraining),
            "under way": at.in_flight,
            "waits": told_wish(at.wish) if at.wish else None,
            "to start it": advise_denied(at.wish.denial, model=at.model) if at.wish else None,
            "next": _next(at),
        }
    )


def _data(at: Standing) -> str:
    if not at.batches:
        return "none yet"
    newest = ago(at.batches[-1].accepted_at)
    return f"version {len(at.batches)}: {count(at.rows, 'row')}, the newest file {newest}"


def _live(at: Standing) -> str:
    if at.live is None or at.deployment is None:
        return "nothing yet"
    value = f"{at.live.evaluation.metric} {score(at.live.evaluation.candidate)}"
    return f"version {at.live.number} since {ago(at.deployment.since)}: {at.live.trainer}, {value}"


def _newest(at: Standing) -> str | None:
    if at.newest is None or at.newest == at.live:
        return None
    note = f": {at.newest.note}" if at.newest.note else ""
    return f"version {at.newest.number}, {spaced(at.newest.state)}{note}"


def _run(at: Standing) -> str | None:
    if at.run is None:
        return None
    return f"{at.run.order.run_id}: {at.run.status}, {ago(at.run.ended_at or at.run.created_at)}"


def _next(at: Standing) -> str | None:
    """Return the command that makes sense now."""
    if not at.batches:
        return f"tideline push {at.model} FILE"
    if at.in_flight or (at.deployment is not None and at.deployment.rollout is not None):
        return f"tideline watch {at.model}"
    if at.newest is not None and at.newest.state is VersionState.AWAITING_APPROVAL:
        late = at.approval is not None and at.approval.has_expired(at=datetime.now(UTC))
        return f"tideline {'release' if late else 'approve'} {at.model} {at.newest.number}"
    if at.run is not None and at.run.status in ("failed", "rejected"):
        return f"tideline why {at.run.order.run_id}"
    return None if at.live is None else f"tideline predict {at.model} FILE"


def _watched_json(session: Session, at: Standing) -> dict[str, Any]:
    return {"watched": watched_json(session, at.model) if at.deployment else None}


def _watched(session: Session, at: Standing) -> str:
    return short_watched(session, at.model) if at.deployment else ""


def _json(at: Standing) -> dict[str, Any]:
    live, run = at.live, at.run
    return {
        "model": at.model,
        "task": at.spec.task,
        "metric": at.spec.metric,
        "spec_version": at.spec_version,
        "dataset_version": len(at.batches),
        "rows": at.rows,
        "live": None
        if live is None or at.deployment is None
        else {
            "version": live.number,
            "value": live.evaluation.candidate,
            "generation": at.deployment.generation,
            "since": at.deployment.since.isoformat(),
        },
        **standing_json(at.deployment),
        "newest_version": at.newest.number if at.newest else None,
        "newest_run": {"run_id": run.order.run_id, "status": run.status.value} if run else None,
        "month": month_json(at.month, at.spec.retraining),
        "in_flight": at.in_flight,
        "waiting": wish_json(at.wish),
    }
