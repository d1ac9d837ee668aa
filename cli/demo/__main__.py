"""`python -m cli.demo [--data FILE --target COLUMN]`: tell the story; exit 0 only if all of it happened."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Annotated

import typer

from cli.command import guarded
from cli.commands.local_cloud import start
from cli.demo.drifting import drifting_traffic
from cli.demo.ending import show_next_steps
from cli.demo.files import EXAMPLE_MODEL, Files, example_files, own_files
from cli.demo.narrator import Narrator
from cli.demo.story import Story
from cli.errors import UsageFault
from cli.local.places import ROOT, Places
from cli.session import Session
from cli.target import target_of
from cli.words import count, duration

_LONGEST_NAME = 36


def demo(
    data: Annotated[Path | None, typer.Option(envvar="DATA", help="Your own data.", metavar="FILE")] = None,
    target: Annotated[str | None, typer.Option(envvar="TARGET", help="Its target.", metavar="COLUMN")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the stack trace of an error.")] = False,
) -> None:
    """Tell the story on the local cloud, on real data or on yours."""
    raise typer.Exit(guarded(lambda: _tell(data, target), debug=debug))


def _tell(data: Path | None, target: str | None) -> None:
    if (data is None) != (target is None):
        raise UsageFault("say both DATA=file and TARGET=column, or neither")
    if data is not None and not data.is_file():
        raise UsageFault(f"there is no file {data}")
    began = time.monotonic()
    session = Session()
    tell = Narrator(session)
    tell.heading("The local cloud")
    tell.command("up")
    session = Session(target=target_of(start(session)))
    tell = Narrator(session)
    model = free_name(session, _name(data) if data else EXAMPLE_MODEL)
    story = _prepare(session, tell, model, data, target)
    story.first_drop()
    story.broken_drops()
    story.second_drop()
    drifting_traffic(story, must_drift=data is None)
    tell.heading(f"All of it happened, in {duration(time.monotonic() - began)}.")
    show_next_steps(session, tell, model=model, folder=story.folder)


def _prepare(session: Session, tell: Narrator, model: str, data: Path | None, target: str | None) -> Story:
    folder = Places().home / "demo" / model
    tell.heading("The data")
    with session.waiting("Writing the story's files"):
        files = _files(folder, model, data, target)
    source = (
        f"{data.name}, target {target}"
        if data
        else "RAND Health Insurance Experiment: will this person see a doctor this year"
    )
    tell.tell(
        f"{source}. {_rows(files.first)} in the first drop, {_rows(files.second)} in the second,"
        f" {_rows(files.third)} of another kind in the third."
    )
    base = _name(data) if data else EXAMPLE_MODEL
    if model != base:
        tell.tell(
            f"{base} has its story behind it; this one is told of {model}. `tideline reset` forgets them all."
        )
    shown = os.path.relpath(folder) if folder.is_relative_to(ROOT) else str(folder)
    return Story(session=session, tell=tell, model=model, files=files, folder=shown)


def _files(folder: Path, model: str, data: Path | None, target: str | None) -> Files:
    if data is None or target is None:
        return example_files(folder, model=model)
    return own_files(folder, model=model, data=data, target=target)


def free_name(session: Session, base: str) -> str:
    """Return the first of base, base-2, base-3 and so on that nothing has been dropped for."""
    number, name = 1, base
    while session.registry.receipts.all(name):
        number += 1
        name = f"{base}-{number}"
    return name


def _name(data: Path) -> str:
    """Return a model's name for a file."""
    words = re.sub(r"[^a-z0-9]+", "-", data.name.partition(".")[0].lower()).strip("-")
    named = words if words[:1].isalpha() else f"model-{words}"
    return named[:_LONGEST_NAME].strip("-") if len(named) > 1 else "my-model"


def _rows(path: Path) -> str:
    with path.open("rb") as file:
        return count(sum(1 for _ in file) - 1, "row")


if __name__ == "__main__":
    typer.run(demo)
