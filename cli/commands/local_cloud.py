"""`tideline up`, `down` and `reset`: the local cloud."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from cli.errors import UsageFault
from cli.local import LocalRecord
from cli.local import down as stop_cloud
from cli.local import reset as forget_cloud
from cli.local import up as start_cloud
from cli.session import Session
from cli.spinner import Line
from cli.words import duration

UP_EXAMPLES = ("tideline up",)
DOWN_EXAMPLES = ("tideline down",)
RESET_EXAMPLES = ("tideline reset --yes",)


def up(session: Session) -> None:
    """Start the local cloud and deploy to it; does nothing where nothing has changed."""
    record = start(session)
    if session.json:
        session.emit({"endpoint": record.endpoint, "region": record.region, "outputs": dict(record.outputs)})
        return
    session.say(f"The local cloud is up at {record.endpoint}", style="green")


def down(session: Session) -> None:
    """Stop the local cloud; what is in it is kept."""
    with session.waiting("Stopping the local cloud, saving its state"):
        stopped = stop_cloud()
    if session.json:
        session.emit({"stopped": stopped})
        return
    session.say(
        "The local cloud is down; `tideline up` brings it back as it was" if stopped else "It was not running"
    )


def reset(
    session: Session,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Stop the local cloud and forget everything in it: data, models, history."""
    if not yes:
        if not session.err.is_terminal:
            raise UsageFault("this forgets everything in the local cloud: say --yes")
        typer.confirm("Forget everything in the local cloud?", abort=True, err=True)
    with session.waiting("Forgetting the local cloud"):
        forget_cloud()
    if session.json:
        session.emit({"reset": True})
        return
    session.say("The local cloud is forgotten; `tideline up` makes a new one")


def start(session: Session) -> LocalRecord:
    """Bring the local cloud up and tell of each step on stderr, with its time once it is done."""
    with session.waiting("Starting the local cloud") as line:
        steps = _Steps(session, line)
        record = start_cloud(report=steps.begin)
        steps.finish()
    return record


class _Steps:
    """Shows the step under way, and each one that is done with its time."""

    def __init__(self, session: Session, line: Line) -> None:
        self._session = session
        self._line = line
        self._began = time.monotonic()
        self._step = ""

    def begin(self, step: str, detail: str) -> None:
        """Note the step before as done, and show this one."""
        self.finish()
        self._step, self._began = f"{step:<11} {detail}", time.monotonic()
        self._line.update(self._step)

    def finish(self) -> None:
        """Note the step before as done."""
        if self._step:
            took = duration(time.monotonic() - self._began)
            self._session.err.print(f"  {took:>8}  {self._step}", markup=False, highlight=False)
        self._step = ""
