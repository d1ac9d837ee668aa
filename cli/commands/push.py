"""`tideline push`: drop files into the inbox, and show what became of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from cli.commands.push_batch import score_dropped
from cli.commands.push_labels import tell_next
from cli.errors import UsageFault
from cli.inbox.answers import PATIENCE_S, Answer, wait_for_answers
from cli.inbox.jobs import batch_key
from cli.inbox.upload import Inbox
from cli.patience import Patience
from cli.session import Session
from cli.words import count, size
from tideline.domain import keys
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome
from tideline.domain.keys import MODEL_NAME

EXAMPLES = (
    "tideline push churn january.csv february.parquet",
    "tideline push churn big.csv.gz --no-wait",
    "tideline push churn customers.parquet --batch",
    "tideline push churn outcomes.csv --labels",
)
_SHOWN_FAULTS = 5


def push(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV, JSON Lines or Parquet, also .gz and .zst.")
    ],
    batch: Annotated[
        bool, typer.Option("--batch", help="Rows to score by the live version, not to train on.")
    ] = False,
    labels: Annotated[
        bool, typer.Option("--labels", help="What turned out to be true of earlier predictions.")
    ] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Don't wait for the answers.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the answers.")] = PATIENCE_S,
) -> int:
    """Drop files of training data and show what became of each: accepted, duplicate, quarantined.

    With --batch their rows are scored instead: it shows how many were, and where the results lie.

    With --labels they are outcomes: a column `prediction_id`, or the spec's entity, and one called like the
    target; optionally `labelled_at`, when the outcome was known, and for entities the spec's time column.
    """
    _check(model, files)
    if batch and labels:
        raise UsageFault("--batch and --labels are two different things to do with a file: give one of them")
    # What no spec describes can be neither scored nor judged; training data may come before its spec.
    spec = session.registry.spec(model) if batch or labels else None
    key = batch_key if batch else keys.told_key if labels else keys.data_key
    dropped = drop_files(session, model, files, key=key)
    if no_wait:
        _show_dropped(session, dropped)
        return 0
    if batch:
        return score_dropped(session, model, dropped, patience=Patience(timeout))
    answers: list[Answer] = []
    with session.waiting(f"Reading {count(len(files), 'file')}"):
        for answer in wait_for_answers(session.registry, model, dropped, patience=Patience(timeout)):
            answers.append(answer)
            if not session.json:
                show_answer(session, answer)
    if spec is not None:
        tell_next(session, spec, answers)
    return _conclude(session, dropped, answers)


def drop_files(
    session: Session,
    model: str,
    files: Sequence[Path],
    *,
    key: Callable[[str, str], str] = keys.data_key,
) -> list[DroppedObject]:
    """Upload files with progress and return what they became, in the same order.

    Args:
        session: Names the inbox.
        model: Whose files they are.
        files: On this machine.
        key: Where a file of that name goes.
    """
    inbox = Inbox(session.target.s3, session.target.output("InboxBucket"))
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    dropped = []
    with Progress(
        *columns,
        console=session.err,
        transient=True,
        disable=not session.err.is_terminal,
        redirect_stdout=session.out.is_terminal,
    ) as bars:
        for file in files:
            task = bars.add_task(f"Uploading {file.name}", total=file.stat().st_size)
            advance = partial(bars.advance, task)
            dropped.append(inbox.drop(file, key(model, file.name), progress=advance))
    return dropped


def show_answer(session: Session, answer: Answer) -> None:
    """Tell a person what became of one file."""
    receipt, name = answer.receipt, keys.parse_inbox_key(answer.receipt.key).name
    style = {"accepted": "green", "quarantined": "yellow"}.get(receipt.outcome.value)
    batch = f", data set version {answer.batch.number}" if answer.batch else ""
    session.say(f"{name}: {receipt.outcome}{batch}: {receipt.message}", style=style)
    for fault, rows in _faults(answer)[:_SHOWN_FAULTS]:
        session.say(f"{fault}: {count(rows, 'row')}", indent=2)
    left = len(_faults(answer)) - _SHOWN_FAULTS
    if left > 0:
        session.say(f"and {left} other faults", indent=2)
    if receipt.labels and receipt.labels.by_entity:
        session.say(f"{count(receipt.labels.by_entity, 'label')} by entity, not by prediction", indent=2)
    if answer.read and answer.read.extra_columns:
        why = "no part of labels" if receipt.labels else "not in the spec"
        session.say(f"{why}, left alone: {', '.join(answer.read.extra_columns)}", indent=2)
    if answer.quarantine:
        what = "those rows, with reasons" if answer.read else "the reason"
        session.say(
            f"{what}: s3://{session.target.output('LakeBucket')}/{answer.quarantine}", indent=2, copied=True
        )


def answer_json(session: Session, answer: Answer) -> dict[str, object]:
    """Return an answer as JSON."""
    receipt, read = answer.receipt, answer.read
    lake = session.target.output("LakeBucket")
    return {
        "key": receipt.key,
        "version_id": receipt.version_id,
        "outcome": receipt.outcome.value,
        "reason": receipt.reason,
        "message": receipt.message,
        "batch": receipt.batch,
        "rows": read.rows if read else None,
        "bad_rows": read.bad_rows if read else None,
        "faults": read.faults if read else {},
        "quarantine": f"s3://{lake}/{answer.quarantine}" if answer.quarantine else None,
    }


def _check(model: str, files: Sequence[Path]) -> None:
    if not MODEL_NAME.fullmatch(model):
        raise UsageFault(
            f"{model!r} is no name of a model: 2 to 41 small letters, digits and hyphens, a letter first"
        )
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise UsageFault(f"there is no file {', '.join(missing)}")
    names = [file.name for file in files]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageFault(f"two files are called {twice[0]}: the second would take the first one's place")


def _show_dropped(session: Session, dropped: Sequence[DroppedObject]) -> None:
    if session.json:
        session.emit([{"key": d.key, "version_id": d.version_id, "outcome": "dropped"} for d in dropped])
        return
    for item in dropped:
        session.say(f"Dropped s3://{item.bucket}/{item.key} ({size(item.size_bytes)})")


def _faults(answer: Answer) -> list[tuple[str, int]]:
    if answer.read is None:
        return []
    return sorted(answer.read.faults.items(), key=lambda item: (-item[1], item[0]))


def _conclude(session: Session, dropped: Sequence[DroppedObject], answers: Sequence[Answer]) -> int:
    answered = {(a.dropped.key, a.dropped.version_id) for a in answers}
    silent = [d for d in dropped if (d.key, d.version_id) not in answered]
    if session.json:
        session.emit(
            [answer_json(session, answer) for answer in answers]
            + [{"key": d.key, "version_id": d.version_id, "outcome": "no_answer"} for d in silent]
        )
    for item in silent:
        session.note(f"{item.key}: no answer yet; `tideline doctor` shows what is stuck")
    usable = all(answer.receipt.outcome is not ObjectOutcome.QUARANTINED for answer in answers)
    return 0 if usable and not silent else 1
