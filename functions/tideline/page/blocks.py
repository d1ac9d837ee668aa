"""What the sections of a page consist of; HTML and Markdown are two ways to write the same blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

Tone = Literal["", "good", "warn", "bad"]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    tone: Tone = ""
    kind: str = "text"


@dataclass(frozen=True)
class Bullets:
    """A list, with a title where it has one."""

    items: tuple[str, ...]
    title: str = ""
    kind: str = "bullets"


@dataclass(frozen=True)
class Fact:
    """A name and a value; `code` values are hashes and names, which may break anywhere."""

    name: str
    value: str
    code: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and values."""

    facts: tuple[Fact, ...]
    kind: str = "facts"


@dataclass(frozen=True)
class Row:
    """Cells of a row; the first is its header."""

    cells: tuple[str, ...]
    tone: Tone = ""


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        caption: What it shows; screen readers say it first.
        right: Places of columns that hold numbers.
        code: Places of columns that hold hashes and keys.
        more: Rows that are left out.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    right: frozenset[int] = frozenset()
    code: frozenset[int] = frozenset()
    more: int = 0
    kind: str = "grid"


@dataclass(frozen=True)
class Figure:
    """A plot; every number in it stands in a table as well, so Markdown leaves it out.

    Attributes:
        narrow: It takes half of a page, and what follows may stand beside it.
    """

    svg: Markup
    caption: str
    narrow: bool = False
    kind: str = "figure"


@dataclass(frozen=True)
class Panel:
    """One small plot among others; `tag` says what is to be seen, `note` what there is to add."""

    title: str
    tag: str
    svg: Markup
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Gallery:
    """Small plots side by side, as many in a row as the page is wide; Markdown leaves them out too."""

    panels: tuple[Panel, ...]
    caption: str = ""
    kind: str = "gallery"


Block = Text | Bullets | Facts | Grid | Figure | Gallery


@dataclass(frozen=True)
class Section:
    """A titled part of the page; `anchor` is its id in the page."""

    anchor: str
    title: str
    blocks: tuple[Block, ...] = field(default=())


def facts(*pairs: tuple[str, str] | Fact) -> Facts:
    """Return facts; pairs are plain ones."""
    return Facts(tuple(pair if isinstance(pair, Fact) else Fact(*pair) for pair in pairs))


def grid(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    right: Sequence[int] = (),
    code: Sequence[int] = (),
    most: int = 100,
) -> Grid:
    """Return a table of the first `most` rows."""
    return Grid(
        caption=caption,
        columns=tuple(columns),
        rows=tuple(rows[:most]),
        right=frozenset(right),
        code=frozenset(code),
        more=max(0, len(rows) - most),
    )
