"""`tideline`: the operator's command line."""

from __future__ import annotations

import typer

from cli.command import add
from cli.commands import (
    apply,
    approve,
    audit,
    card,
    doctor,
    drift,
    export,
    init,
    lineage,
    listings,
    local_cloud,
    monitor,
    predict,
    push,
    release,
    reproduce,
    retrain,
    rollback,
    scores,
    show,
    status,
    watch,
    why,
)

app = typer.Typer(
    name="tideline",
    help="Drop data into a bucket, get a live model that keeps itself fresh."
    " Works on the local cloud, or with --env NAME on AWS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

add(app, local_cloud.up, examples=local_cloud.UP_EXAMPLES, local_only=True)
add(app, local_cloud.down, examples=local_cloud.DOWN_EXAMPLES, local_only=True)
add(app, local_cloud.reset, examples=local_cloud.RESET_EXAMPLES, local_only=True)
add(app, init.init, examples=init.EXAMPLES, local_only=True)
add(app, apply.apply, examples=apply.EXAMPLES)
add(app, push.push, examples=push.EXAMPLES)
add(app, watch.watch, examples=watch.EXAMPLES)
add(app, retrain.retrain, examples=retrain.EXAMPLES)
add(app, release.release, examples=release.EXAMPLES)
add(app, rollback.rollback, examples=rollback.EXAMPLES)
add(app, approve.approve, examples=approve.APPROVE_EXAMPLES)
add(app, approve.reject, examples=approve.REJECT_EXAMPLES)
add(app, predict.predict, examples=predict.EXAMPLES)
add(app, scores.scores, examples=scores.EXAMPLES)
add(app, monitor.monitor, examples=monitor.EXAMPLES)
add(app, drift.drift, examples=drift.EXAMPLES)
add(app, status.status, examples=status.EXAMPLES)
add(app, listings.versions, examples=listings.VERSIONS_EXAMPLES)
add(app, listings.runs, examples=listings.RUNS_EXAMPLES)
add(app, show.show, examples=show.EXAMPLES)
add(app, card.card, examples=card.EXAMPLES)
add(app, export.export, examples=export.EXAMPLES)
add(app, listings.data, examples=listings.DATA_EXAMPLES)
add(app, why.why, examples=why.EXAMPLES)
add(app, lineage.lineage, examples=lineage.EXAMPLES)
add(app, reproduce.reproduce, examples=reproduce.EXAMPLES)
add(app, doctor.doctor, examples=doctor.EXAMPLES)

audits = typer.Typer(help="The ledger of decisions: list it, verify it.", no_args_is_help=True)
add(audits, audit.verify, examples=audit.VERIFY_EXAMPLES)
add(audits, audit.log, examples=audit.LOG_EXAMPLES)
app.add_typer(audits, name="audit")


def main() -> None:
    """Run the command line."""
    app(prog_name="tideline")
