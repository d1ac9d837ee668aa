"""`tideline reproduce`: train a version again and compare."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.evidence import lake_of, version_record
from cli.follow.details import detail_of
from cli.follow.history import Progress, Stage
from cli.reproduction.capsules import load_capsule, metrics, require_batches
from cli.reproduction.execution import Execution, Reproductions
from cli.session import Session
from cli.words import duration, score
from tideline.domain import keys
from tideline.domain.release.reproduction import DEFAULT_TOLERANCE, Comparison, compare

EXAMPLES = ("tideline reproduce churn 3", "tideline reproduce churn 3 --tolerance 0.001 --json")
WITHIN_TOLERANCE, DIFFERENT = 6, 7
_OUTCOMES = {0: "identical", WITHIN_TOLERANCE: "within_tolerance", DIFFERENT: "different"}
# As long as the workflow may run.
_TIMEOUT_S = 2 * 3600.0
_NAMES = 10
_SHOWN_HASH = 16


def reproduce(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    tolerance: Annotated[
        float,
        typer.Option(
            min=0,
            help="Where the bytes differ: how far apart a metric may be, times its size where above 1.",
        ),
    ] = DEFAULT_TOLERANCE,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for its end.")] = _TIMEOUT_S,
) -> int:
    """Train a version again from its capsule, beside everything that is live, and compare the two.

    Exit codes: 0 the same artifact, 6 other bytes with metrics within the tolerance, 7 beyond it, 5 failed.
    """
    session.registry.spec(model)
    record = version_record(session, model, version)
    lake = lake_of(session)
    capsule = load_capsule(lake, record)
    require_batches(lake, capsule)
    workflow = Reproductions(session.target.stepfunctions, session.target.output("ReproductionStateMachine"))
    execution = workflow.begin(capsule, at=datetime.now(UTC))
    _tell_beginning(session, execution)
    with session.waiting("Training again"):
        result = workflow.wait(execution, told=lambda stage: _tell(session, stage), timeout_s=timeout)
    measured = result.evaluation is not None
    comparison = compare(
        capsule,
        result.fitted,
        then=metrics(lake, keys.version_key(model, version, "report.json")),
        now=metrics(lake, keys.run_key(model, execution.name, "report.json")) if measured else {},
        tolerance=tolerance,
    )
    code = exit_code(comparison)
    if session.json:
        session.emit(
            {
                "model": model,
                "version": version,
                "reproduction": execution.name,
                "outcome": _OUTCOMES[code],
                **comparison.model_dump(mode="json"),
            }
        )
    else:
        _show(session, comparison)
    return code


def exit_code(comparison: Comparison) -> int:
    """Return what the command exits with."""
    if comparison.identical:
        return 0
    return WITHIN_TOLERANCE if comparison.within_tolerance else DIFFERENT


def _tell_beginning(session: Session, execution: Execution) -> None:
    if not session.json:
        what = "is under way already" if execution.joined else "has started"
        session.say(f"Reproduction {execution.name} {what}")


def _tell(session: Session, stage: Stage) -> None:
    if not session.json and stage.name not in ("Compare", "Same"):
        detail = "" if stage.name == "Evaluate" else detail_of(stage, Progress())
        took = duration(stage.seconds or 0.0)
        session.say(f"  {stage.name.lower():<{_NAMES}} {took:>8}  {detail}".rstrip())


def _show(session: Session, comparison: Comparison) -> None:
    if comparison.identical:
        session.say(f"The same artifact, bit for bit: sha256 {comparison.sha256}", style="bold green")
        if comparison.changes:
            session.say("Although since then these have changed:")
    else:
        apart = "within" if comparison.within_tolerance else "beyond"
        session.say(
            f"Another artifact: sha256 {comparison.sha256[:_SHOWN_HASH]},"
            f" it was {comparison.expected_sha256[:_SHOWN_HASH]}; its metrics are {apart} the tolerance of"
            f" {comparison.tolerance:g}",
            style="yellow" if comparison.within_tolerance else "bold red",
        )
        session.table(
            ["metric", "then", "now", "within"],
            [
                [each.name, score(each.then), score(each.now), "yes" if each.within else "no"]
                for each in comparison.metrics
            ],
            right=("then", "now"),
        )
        session.say(
            "What has changed since, and may explain it:"
            if comparison.changes
            else "Code, libraries, interpreter and processor are what they were: what differs is not recorded"
        )
    if comparison.changes:
        session.table(
            ["what", "then", "now"],
            [[each.what, each.then or "not there", each.now or "not there"] for each in comparison.changes],
        )
