"""`tideline card`: a version's model card, rendered afresh from what is recorded."""

from __future__ import annotations

import webbrowser
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import UsageFault
from cli.evidence import read_evidence, version_record
from cli.session import Session

EXAMPLES = (
    "tideline card churn 3",
    "tideline card churn 3 --open",
    "tideline card churn 3 --format md --out - | less",
)


class Format(StrEnum):
    """How a card is written."""

    HTML = "html"
    MARKDOWN = "md"


def card(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL")],
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    form: Annotated[Format, typer.Option("--format", help="A page, or Markdown.")] = Format.HTML,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Where to write it; `-` is stdout. [default: MODEL-vVERSION.html]"),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Write a version's model card: what it is for, how good it is and for whom, and where that ends."""
    path = out or Path(f"{model}-v{version}.{form.value}")
    to_stdout = str(path) == "-"
    if to_stdout and (show or session.json):
        raise UsageFault("--out - writes the card itself to stdout: leave out --open and --json")
    if path.is_dir():
        raise UsageFault(f"{path} is a folder: name a file with --out")
    evidence = read_evidence(session, version_record(session, model, version))
    from tideline.card.rendering import render_html, render_markdown  # noqa: PLC0415 templates, for this alone

    text = render_html(evidence) if form is Format.HTML else render_markdown(evidence)
    if to_stdout:
        session.out.file.write(text)
        return
    path.write_text(text, encoding="utf-8")
    if session.json:
        session.emit({"model": model, "version": version, "format": form.value, "file": str(path)})
    else:
        session.say(f"{path}: the card of {model} version {version}", style="green")
    if show:
        webbrowser.open(path.resolve().as_uri())
