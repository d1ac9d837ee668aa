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
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

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
        """Stderr: progress and notices; where both are one terminal, the same console keeps them apart."""
        err = _console(stderr=True)
        return self.out if err.is_terminal and self.out.is_terminal else err

    def emit(self, value: Any) -> None:
        """Write one JSON value, alone on its line where it is one of many."""
        indent = 2 if sys.stdout.isatty() else None
        sys.stdout.write(json.dumps(value, indent=indent, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    def emit_line(self, value: Any) -> None:
        """Write one line of JSON Lines."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    def say(self, text: str, *, style: str | None = None, indent: int = 0, copied: bool = False) -> None:
        """Tell a person something that is not data; in colour on a terminal only.

        Args:
            text: One line.
            style: Rich's name of a style.
            indent: Spaces before every line of it.
            copied: Whether people copy it: then it is never broken into lines.
        """
        console = self.err if self.json else self.out
        if copied:
            console.print(" " * indent + text, style=style, markup=False, highlight=False, soft_wrap=True)
            return
        if indent and console.is_terminal:
            console.print(Padding(Text(text, style or ""), (0, 0, 0, indent), expand=False))
            return
        console.print(" " * indent + text, style=style, markup=False, highlight=False)

    def note(self, text: str) -> None:
        """Tell a person something beside the result."""
        self.err.print(text, style="yellow", markup=False, highlight=False)

    def waiting(self, text: str) -> AbstractContextManager[Line]:
        """Show that something takes its time."""
        return spinner(text, out=self.out, err=self.err)

    def facts(self, pairs: Mapping[str, object]) -> None:
        """Show names and values, one a line; what is None or empty is left out."""
        shown = {name: str(value) for name, value in pairs.items() if value not in (None, "")}
        if not self.out.is_terminal:
            self.lines([], [(name, line) for name, value in shown.items() for line in value.splitlines()])
            return
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="bold", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in shown.items():
            grid.add_row(name, Text(value))
        self.out.print(grid)

    def table(
        self,
        names: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        right: Sequence[str] = (),
        whole: Sequence[str] = (),
    ) -> None:
        """Show rows: as a table on a terminal, else as lines with tabs that other programs can take apart.

        Args:
            names: Of the columns; on a terminal those without any value are left out.
            rows: Their cells.
            right: Names of columns to align to the right.
            whole: Names of columns whose cells are never broken into lines.
        """
        if not self.out.is_terminal:
            self.lines(names, rows)
            return
        shown = [place for place in range(len(names)) if any(_flat(row[place]) for row in rows)]
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for place in shown:
            name = names[place]
            justify: Literal["left", "right"] = "right" if name in right else "left"
            table.add_column(name, justify=justify, overflow="fold", no_wrap=name in whole)
        for row in rows:
            table.add_row(*(_cell(row[place]) for place in shown))
        self.out.print(table)

    def lines(self, names: Sequence[str], rows: Sequence[Sequence[object]], *, header: bool = True) -> None:
        """Write rows as lines with tabs, names first where `header`."""
        # Written as it is: Rich would turn tabs into spaces.
        for row in (names, *rows) if header and names else rows:
            self.out.file.write("\t".join(map(_flat, row)) + "\n")


_STYLES = {
    "live": "bold green",
    "registered": "green",
    "accepted": "green",
    "rejected": "yellow",
    "quarantined": "yellow",
    "failed": "bold red",
    "releasing": "bold cyan",
    "running": "cyan",
    "starting": "cyan",
    "candidate": "cyan",
    "awaiting_approval": "bold yellow",
    "approved": "green",
    "rolled_back": "yellow",
    "retired": "dim",
    "archived": "dim",
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
