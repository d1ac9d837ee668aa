"""`tideline init`: write a first spec from a data file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import UsageFault
from cli.session import Session
from tideline.domain.keys import MODEL_NAME

EXAMPLES = ("tideline init churn.csv --model churn --target churned",)


@dataclass(frozen=True)
class Sketch:
    """A spec's text and what was decided."""

    text: str
    task: str
    features: int
    left_out: dict[str, str]
    entity: str | None
    time: str | None


def init(
    session: Session,
    file: Annotated[
        Path, typer.Argument(help="CSV, JSON Lines or Parquet, also .gz and .zst.", metavar="FILE")
    ],
    model: Annotated[str, typer.Option("--model", help="Name of the model.", metavar="NAME")],
    target: Annotated[str, typer.Option("--target", help="Column to predict.", metavar="COLUMN")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to write it; `-` is stdout. [default: <model>.yaml]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a model.yaml from a data file: task, types and roles guessed, with comments that say why."""
    path = output or Path(f"{model}.yaml")
    to_stdout = str(path) == "-"
    if path.exists() and not force and not to_stdout:
        raise UsageFault(f"{path} is there already: name another with --output, or replace it with --force")
    with session.waiting(f"Looking at {file.name}"):
        sketch = make_sketch(file, model=model, target=target)
    if to_stdout and not session.json:
        session.out.print(sketch.text, end="", markup=False, highlight=False, soft_wrap=True)
        return
    if not to_stdout:
        path.write_text(sketch.text, encoding="utf-8")
    _report(session, sketch, path=path)


def make_sketch(file: Path, *, model: str, target: str) -> Sketch:
    """Return a spec for a file; raises `UsageFault` where none can be made."""
    # DuckDB takes a tenth of a second to import, which no other command should wait for.
    from cli.sketch.columns import distinct_pairs, read_columns  # noqa: PLC0415
    from cli.sketch.roles import assign_roles  # noqa: PLC0415
    from cli.sketch.text import spec_text  # noqa: PLC0415

    if not MODEL_NAME.fullmatch(model):
        raise UsageFault(
            f"{model!r} is no name of a model: 2 to 41 small letters, digits and hyphens, a letter first"
        )
    columns = read_columns(file, target=target)
    roles = assign_roles(columns, target=target, pairs=lambda a, b: distinct_pairs(file, a, b))
    return Sketch(
        text=spec_text(roles, model=model, target=target, source=file.name),
        task=roles.target.task,
        features=len(roles.features),
        left_out={column.name: column.why for column in roles.left_out},
        entity=roles.entity,
        time=roles.time,
    )


def _report(session: Session, sketch: Sketch, *, path: Path) -> None:
    if session.json:
        session.emit(
            {
                "file": None if str(path) == "-" else str(path),
                "task": sketch.task,
                "features": sketch.features,
                "entity": sketch.entity,
                "time": sketch.time,
                "left_out": sketch.left_out,
                "text": sketch.text,
            }
        )
        return
    session.say(f"{path}: {sketch.task}, {sketch.features} features", style="green")
    for name, why in sketch.left_out.items():
        session.say(f"left out {name}: {why}", indent=2)
    session.say(f"Look through it, then: tideline apply {path}")
