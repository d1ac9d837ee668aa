"""`tideline monitor`: what was found of a live version, and a new look where one is asked for."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten
from typing import Annotated

import typer

from cli import bus
from cli.acting import As, acting
from cli.errors import CliError, UsageFault
from cli.identity import whoami
from cli.patience import Patience
from cli.session import Session
from cli.watching.looks import Looks, looks_at, newest_look
from cli.words import ago, score
from tideline.domain.monitoring.look import look_name
from tideline.domain.monitoring.record import MonitoringRecord
from tideline.events.commands import MonitorRequested
from tideline.page.words import printable

EXAMPLES = (
    "tideline monitor churn",
    "tideline monitor churn --now --out look.html",
    "tideline monitor churn --now --exit-code && echo nothing to do",
    "tideline monitor churn --list",
)
_PATIENCE_S = 300.0
_LISTED = 20
_COLUMNS = ("looked", "decision", "version", "rows", "drifted", "estimated", "realised", "because")
_SHORT = 40
_RETRAIN, _WARN = 3, 4


def monitor(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    now: Annotated[bool, typer.Option("--now", help="Look now, and wait for what is found.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Save the look's page here; `-` is stdout.")
    ] = None,
    all_looks: Annotated[bool, typer.Option("--list", help="List the newest looks instead.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 3 for retrain and 4 for warn.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait with --now.")] = _PATIENCE_S,
    as_user: As = None,
) -> int:
    """Show what the newest look at a live version found: drift, quality, traffic, and what to do.

    Exit codes: 0 whatever was decided, 1 no look; with --exit-code 3 retrain, 4 warn, 0 stable or undecided.
    """
    to_stdout = out is not None and str(out) == "-"
    if to_stdout and session.json:
        raise UsageFault("--out - writes the page itself to stdout: leave out --json")
    if all_looks and (now or out or exit_code):
        raise UsageFault("--list shows many looks: leave out --now, --out and --exit-code")
    if out is not None and out.is_dir():
        raise UsageFault(f"{out} is a folder: name a file with --out")
    session = acting(session, as_user)
    looks = looks_at(session, model)
    if all_looks:
        _list(session, looks.newest(_LISTED))
        return 0
    record = look_now(session, looks, timeout) if now else newest_look(session, model, looks.newest(1))
    _save(session, looks, record, out)
    if not to_stdout:
        _show(session, looks, record)
    return {"retrain": _RETRAIN, "warn": _WARN}.get(record.decision, 0) if exit_code else 0


def look_now(session: Session, looks: Looks, timeout: float) -> MonitoringRecord:
    """Ask for a look, and return it once it is there; raises `CliError` where there is nothing to look at."""
    if session.registry.deployments.load(looks.model) is None:
        raise CliError(f"no version of {looks.model} is live yet, so there is nothing to look at")
    target = session.target
    event_id = bus.send(target, MonitorRequested(model=looks.model, requested_by=whoami(target)))
    with session.waiting(f"Looking at {looks.model}") as line:
        return looks.wait(event_id, patience=Patience(timeout_s=timeout), told=line.update)


def _save(session: Session, looks: Looks, record: MonitoringRecord, out: Path | None) -> None:
    if out is None:
        return
    page = looks.page(record)
    if str(out) == "-":
        session.out.file.write(page.decode())
        return
    out.write_bytes(page)
    if not session.json:
        session.say(f"{out}: the page of the look at {looks.model} version {record.version}", style="green")


def _show(session: Session, looks: Looks, record: MonitoringRecord) -> None:
    page = f"s3://{session.target.output('LakeBucket')}/{looks.page_key(record)}"
    if session.json:
        name = look_name(record.at, record.cause)
        session.emit({"look": name, "page": page, "record": record.model_dump(mode="json")})
        return
    from cli.watching.look_told import tell_look  # noqa: PLC0415 the page's words, for this alone

    tell_look(session, record, page=page)


def _list(session: Session, found: tuple[MonitoringRecord, ...]) -> None:
    if session.json:
        session.emit([record.model_dump(mode="json") for record in reversed(found)])
        return
    session.table(
        _COLUMNS,
        [_row(record, short=session.out.is_terminal) for record in reversed(found)],
        right=("version", "rows", "drifted", "estimated", "realised"),
        whole=_COLUMNS[:-1],
    )


def _row(record: MonitoringRecord, *, short: bool) -> list[object]:
    because = printable(record.reasons[0]) if record.reasons else ""
    turned_out = [one.interval.estimate for one in record.realised if one.mature and one.interval]
    return [
        ago(record.at),
        record.decision,
        record.version,
        f"{record.traffic.rows:,}",
        len(record.drifted) or "",
        score(record.estimate.estimate.estimate) if record.estimate else "",
        score(turned_out[-1]) if turned_out else "",
        shorten(because, _SHORT, placeholder=" …") if short else because,
    ]
