"""One line on stderr that moves while something takes its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Line(Protocol):
    """Says what is under way."""

    def update(self, text: str) -> None:
        """Show another text; where its part before a colon is new, its time begins again."""
        ...


class _Spinner:
    def __init__(self, bars: Progress, task: TaskID, text: str) -> None:
        self._bars = bars
        self._task = task
        self._head = _head(text)

    def update(self, text: str) -> None:
        if _head(text) != self._head:
            self._bars.reset(self._task)
            self._head = _head(text)
        self._bars.update(self._task, description=escape(text))


class _NoLine:
    def update(self, text: str) -> None:
        """Show nothing: nobody looks."""


@contextmanager
def spinner(text: str, *, out: Console, err: Console) -> Iterator[Line]:
    """Show a line on `err` while the block runs; what is written to `out` meanwhile stands above it.

    Rich takes over stdout for that, which must not happen where it goes into a file or a pipe.
    """
    if not err.is_terminal:
        yield _NoLine()
        return
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        redirect_stdout=out.is_terminal,
    )
    with bars:
        yield _Spinner(bars, bars.add_task(escape(text), total=None), text)


def _head(text: str) -> str:
    return text.partition(":")[0]
