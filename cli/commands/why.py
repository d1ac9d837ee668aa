"""`tideline why`: why a run failed or was rejected, and what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from cli.errors import CliError, UsageFault
from cli.explain.denials import advise_denied, told_wish
from cli.explain.why import Explanation, explain_run
from cli.follow.outcome import outcome_of
from cli.session import Session
from tideline.domain.training.run import model_of_run

EXAMPLES = ("tideline why churn-d3-s1",)


def why(
    session: Session,
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="As `tideline runs MODEL` lists it, or a model for its newest."),
    ],
) -> None:
    """Explain how a run ended, with stage, cause and numbers, and say what to do next."""
    explanation = explain(session, run)
    if session.json:
        session.emit(explanation.to_json())
        return
    _show(session, explanation)


def explain(session: Session, run_id: str) -> Explanation:
    """Return the explanation of a run; raises `CliError` where there is no such run."""
    try:
        model = model_of_run(run_id)
    except ValueError as exc:
        found = explain(session, _newest(session, run_id, exc))
        wish = session.registry.runs.remembered(run_id)
        if wish is None:
            return found
        told = f"{told_wish(wish)}. {advise_denied(wish.denial, model=run_id)}"
        return replace(found, waiting=told)
    record = session.registry.runs.load(model, run_id)
    if record is None:
        session.registry.spec(model)
        raise CliError(f"there is no run {run_id!r}: `tideline runs {model}` lists them")
    version = session.registry.versions.load(model, record.version) if record.version else None
    return explain_run(record, outcome=outcome_of(session.registry, record), version=version)


def _newest(session: Session, name: str, cause: Exception) -> str:
    if name not in session.registry.specs.models():
        raise UsageFault(f"{name!r} is neither a run, such as churn-d3-s1, nor a model") from cause
    runs = session.registry.runs.all(name)
    if not runs:
        raise CliError(f"{name} has no runs yet: tideline status {name}") from cause
    return runs[-1].order.run_id


def _show(session: Session, found: Explanation) -> None:
    session.facts(
        {
            "run": found.run_id,
            "outcome": f"{found.outcome.replace('_', ' ')}: {found.summary}",
            "stage": found.stage,
            "error": found.error,
            "cause": found.cause,
            "because": "\n".join(found.reasons),
            "it read": "\n".join(f"{name}: {value}" for name, value in found.inputs.items()),
            "again by": found.reproduce,
            "what to do": found.advice,
            "next": found.waiting,
        }
    )
