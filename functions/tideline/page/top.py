"""The top of a page, as every page has it: what it is about, the verdict and why, and a few figures."""

from __future__ import annotations

from dataclasses import dataclass

from tideline.page.blocks import Tone


@dataclass(frozen=True)
class Tile:
    """One figure: what, how much, and what to see it beside."""

    name: str
    value: str
    note: str
    tone: Tone = ""


@dataclass(frozen=True)
class Top:
    """What `page.html.j2` shows; what `others` are, the page's own template says."""

    model: str
    version: int
    verdict: str
    meaning: str
    tone: Tone
    reasons: tuple[str, ...]
    others: tuple[str, ...]
    tiles: tuple[Tile, ...]
