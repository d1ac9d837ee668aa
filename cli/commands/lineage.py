"""`tideline lineage`: what a version or a prediction came of, and what became of a file."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.errors import CliError, UsageFault
from cli.lineage.display import show
from cli.lineage.predictions import find_prediction
from cli.lineage.records import inbox_key, live_or_newest, model_records, version_records
from cli.session import Session
from tideline.domain.keys import InboxArea, parse_inbox_key
from tideline.domain.lineage.descendants import descendants_of_file
from tideline.domain.lineage.graph import LineageGraph
from tideline.domain.lineage.mermaid import to_mermaid
from tideline.domain.lineage.nodes import prediction_node
from tideline.domain.lineage.origins import origins_of_version

EXAMPLES = (
    "tideline lineage churn 3",
    "tideline lineage churn --file churn/data/march.csv",
    "tideline lineage churn --prediction 019353f1-9b4c-7000-8abc-0123456789ab",
    "tideline lineage churn 3 --mermaid > lineage.mmd",
)


def lineage(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    version: Annotated[
        int | None, typer.Argument(metavar="VERSION", min=1, help="By default the one that is live.")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="A dropped file, by its key or URL: which versions learned of it."),
    ] = None,
    prediction: Annotated[
        str | None, typer.Option(metavar="ID", help="A prediction: what its answer came of.")
    ] = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Write a Mermaid flowchart.")] = False,
) -> None:
    """Show where a version or a prediction came from, or where a dropped file went."""
    if sum(given is not None for given in (version, file, prediction)) > 1:
        raise UsageFault("name a version, or --file, or --prediction: one of them")
    if mermaid and session.json:
        raise UsageFault("--mermaid and --json are two formats: take one")
    session.registry.spec(model)
    graph = trace(session, model, version=version, file=file, prediction=prediction)
    if session.json:
        session.emit(graph.to_json())
    elif mermaid:
        sys.stdout.write(to_mermaid(graph))
    else:
        show(session, graph)


def trace(
    session: Session,
    model: str,
    *,
    version: int | None = None,
    file: str | None = None,
    prediction: str | None = None,
) -> LineageGraph:
    """Return the lineage of what is named, or of the live version; raises `CliError` where it isn't there."""
    if file is not None:
        return _of_file(session, model, file)
    if prediction is not None:
        return _of_prediction(session, model, prediction)
    number = version if version is not None else live_or_newest(session, model)
    return origins_of_version(version_records(session, model, number))


def _of_file(session: Session, model: str, given: str) -> LineageGraph:
    records = model_records(session, model)
    key = inbox_key(session, model, given, records)
    if parse_inbox_key(key).area is InboxArea.SPEC:
        raise UsageFault(f"{key} is a spec, not data: `tideline versions {model}` names the spec of each")
    return descendants_of_file(key, records)


def _of_prediction(session: Session, model: str, prediction_id: str) -> LineageGraph:
    with session.waiting("Looking the prediction up in the log"):
        found = find_prediction(session.target, prediction_id)
    if found.model != model:
        raise CliError(
            f"prediction {found.prediction_id} is one of {found.model}:"
            f" `tideline lineage {found.model} --prediction {found.prediction_id}`"
        )
    node = prediction_node(
        found.prediction_id,
        made_at=found.made_at.isoformat(),
        role=found.role,
        generation=found.generation,
        request_id=found.request_id,
    )
    return origins_of_version(version_records(session, model, found.version), prediction=node)
