"""`tideline predict`: score rows through the endpoint."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from cli.api import Send, sender
from cli.errors import CliError, UsageFault
from cli.scoring.contributions import because
from cli.scoring.endpoint import PLAIN, Reply, Wish
from cli.scoring.endpoint import predict as ask
from cli.scoring.rows import Row, chunks, ignored, instance, read_rows
from cli.session import Session
from cli.words import count
from tideline.domain.release.deployment import Signature

EXAMPLES = (
    "tideline predict churn customers.csv",
    'echo \'{"tenure": 3, "contract": "monthly"}\' | tideline predict churn -',
    "tideline predict churn customers.csv --explain --limit 5",
    "tideline predict churn customers.csv --json > scores.jsonl",
)


def predict(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV or JSON Lines; `-` is stdin.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first rows.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what each answer comes from, feature by feature.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option(help="Be one caller: one version answers it all, also while another is released."),
    ] = None,
) -> None:
    """Score rows by the version that is live; columns that the model does not take are left out.

    With --explain the table names the features that moved an answer most: how far each moved the raw score
    (of a class its log-odds). --json has them all, and the base that they add up from.
    """
    wish = Wish(explain=explain, key=key)
    signature = live_signature(session, model)
    with _lines(file) as (lines, name), session.waiting("Asking for predictions") as line:
        send = sender(session.target)
        for chunk in chunks(itertools.islice(read_rows(lines, name=name), limit)):
            if chunk[0].number == 1:
                _note_ignored(session, chunk[0], signature)
            reply = score(send, model, chunk, signature, wish=wish)
            _show(session, chunk, reply, signature)
            line.update(f"Asking for predictions: {count(chunk[-1].number, 'row')}")


def live_signature(session: Session, model: str) -> Signature:
    """Return what the live version takes; raises `CliError` where none is live."""
    session.registry.spec(model)
    deployment = session.registry.deployments.load(model)
    if deployment is None:
        raise CliError(f"no version of {model} is live yet: `tideline status {model}` shows where it stands")
    return deployment.champion.signature


def score(
    send: Send,
    model: str,
    rows: Sequence[Row],
    signature: Signature,
    *,
    wish: Wish = PLAIN,
) -> Reply:
    """Return the endpoint's answer to rows."""
    instances = [instance(row, signature) for row in rows]
    return ask(send, model, instances, first_row=rows[0].number, wish=wish)


@contextmanager
def _lines(file: str) -> Iterator[tuple[TextIO, str]]:
    if file == "-":
        yield sys.stdin, "stdin"
        return
    path = Path(file)
    if not path.is_file():
        raise UsageFault(f"there is no file {file}")
    if path.suffix.lower() in (".parquet", ".gz", ".zst"):
        raise UsageFault(f"{path.name}: predict reads CSV and JSON Lines, unpacked")
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            yield lines, path.name
    except UnicodeDecodeError as exc:
        raise UsageFault(f"{path.name} is not UTF-8 text: {exc.reason} at byte {exc.start:,}") from exc


def _note_ignored(session: Session, row: Row, signature: Signature) -> None:
    names = ignored(row, signature)
    if names:
        session.note(f"not features of the model, left out: {', '.join(names)}")


def _show(session: Session, rows: Sequence[Row], reply: Reply, signature: Signature) -> None:
    if session.json:
        for row, given in zip(rows, reply.predictions, strict=True):
            session.emit_line({"row": row.number, "version": reply.version, **given})
        return
    names = ["row", "value", *(f"P({label})" for label in signature.classes or ())]
    explained = any("explanation" in given for given in reply.predictions)
    names += ["because", "prediction_id"] if explained else ["prediction_id"]
    table = [_cells(row, given, signature) for row, given in zip(rows, reply.predictions, strict=True)]
    if session.out.is_terminal:
        session.table(names, table, right=("row",))
        session.say(f"by version {reply.version}")
    else:
        session.lines(names, table, header=rows[0].number == 1)


def _cells(row: Row, given: Any, signature: Signature) -> list[object]:
    chances = given.get("probabilities") or {}
    value = given["value"]
    return [
        row.number,
        f"{value:.6g}" if isinstance(value, float) else value,
        *(f"{chances[label]:.4f}" for label in signature.classes or ()),
        *([because(given["explanation"])] if "explanation" in given else []),
        given["prediction_id"],
    ]
