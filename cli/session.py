"""One invocation of a command: what it works on, and how it speaks.

Results go to stdout, everything else (progress, notices, errors) to stderr: with ``--json`` nothing but
JSON reaches stdout.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from cli.registry import Registry, registry_of
from cli.spinner import Line, spinner
from cli.target import Target, connect

# Where nobody looks at a screen there is no width to keep to.
_WIDE = 10_000


class Session:
    """What every command is given.

    Attributes:
        environment: Name of the AWS environment, None for the local cloud.
        json: Whether results are JSON.
    """

    def __init__(
        self, *, environment: str | None = None, as_json: bool = False, target: Target | None = None
    ) -> None:
        self.environment = environment
        self.json = as_json
        self._given = target

    @cached_property
    def target(self) -> Target:
        """The local cloud or an AWS environment, found on first use."""
        return self._given or connect(self.environment)

    @cached_property
    def registry(self) -> Registry:
        """The target's registry."""
        return registry_of(self.target)

    @cached_property
    def out(self) -> Console:
        """Stdout, for people."""
        return _console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """Stderr: progress and notices."""
        return _console(stderr=True)

    def emit(self, value: Any) -> None:
        """Write one JSON value, alone on its line where it is one of many."""
        indent = 2 if sys.stdout.isatty() else None
        sys.stdout.write(json.dumps(value, indent=indent, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    def emit_line(self, value: Any) -> None:
        """Write one line of JSON Lines."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    def say(self, text: str, *, style: str | None = None) -> None:
        """Tell a person something that is not data; in colour on a terminal only."""
        console = self.err if self.json else self.out
        console.print(text, style=style, markup=False, highlight=False)

    def note(self, text: str) -> None:
        """Tell a person something beside the result."""
        self.err.print(text, style="yellow", markup=False, highlight=False)

    def waiting(self, text: str) -> AbstractContextManager[Line]:
        """Show that something takes its time."""
        return spinner(text, out=self.out, err=self.err)

    def facts(self, pairs: Mapping[str, object]) -> None:
        """Show names and values, one a line; what is None or empty is left out."""
        shown = {name: str(value) for name, value in pairs.items() if value not in (None, "")}
        width = max(map(len, shown), default=0)
        for name, value in shown.items():
            head, *more = value.splitlines() or [""]
            self.out.print(f"[bold]{name:<{width}}[/bold]  ", end="", highlight=False)
            self.out.print(head, markup=False, highlight=False)
            for line in more:
                self.out.print(f"{'':<{width}}  {line}", markup=False, highlight=False)

    def table(self, names: Sequence[str], rows: Sequence[Sequence[object]], *, right: str = "") -> None:
        """Show rows: as a table on a terminal, else as lines with tabs that other programs can take apart.

        Args:
            names: Of the columns.
            rows: Their cells.
            right: Names of columns to align to the right, separated by spaces.
        """
        if not self.out.is_terminal:
            self.lines(names, rows)
            return
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for name in names:
            table.add_column(name, justify="right" if name in right.split() else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_cell(cell) for cell in row))
        self.out.print(table)

    def lines(self, names: Sequence[str], rows: Sequence[Sequence[object]], *, header: bool = True) -> None:
        """Write rows as lines with tabs, names first where `header`."""
        for row in (names, *rows) if header else rows:
            self.out.print("\t".join(map(_flat, row)), markup=False, highlight=False, soft_wrap=True)


_STYLES = {
    "live": "bold green",
    "registered": "green",
    "accepted": "green",
    "rejected": "yellow",
    "quarantined": "yellow",
    "failed": "bold red",
    "running": "cyan",
    "starting": "cyan",
    "candidate": "cyan",
}


def _cell(value: object) -> str:
    text = _flat(value).replace("[", "\\[")
    style = _STYLES.get(text)
    return f"[{style}]{text}[/{style}]" if style else text


def _flat(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=_WIDE)
