"""The pencil: SVG elements whose texts and attributes are escaped, on a scale with round ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from tideline.page.blocks import Tone
from tideline.page.words import printable

# Colours are those of the page around, which has two sets of them: for light and for dark (`page.css.j2`).
INK = "var(--ink)"
MUTED = "var(--muted)"
FAINT = "var(--line)"
ACCENT = "var(--accent)"
BAD_GROUND = "var(--bad-soft)"
# Each has its own shape of marker beside the colour.
TONES: dict[Tone, str] = {"": ACCENT, "good": "var(--good)", "warn": "var(--warn)", "bad": "var(--bad)"}
WIDTH = 860
FONT = 13
# Mean width of a character, as a share of the font's size, in the sans-serif fonts of common systems.
_CHARACTER = 0.54
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` onto pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, *, about: int = 6) -> list[float]:
        """Return round values within, about so many."""
        rough = (self.high - self.low) / about
        magnitude = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * magnitude for factor in _STEPS if factor * magnitude >= rough * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [place * step for place in range(first, last + 1)]


def scale_over(values: Iterable[float], *, start: float, end: float) -> Scale:
    """Return a scale that holds all values with a little room at both ends."""
    found = list(values)
    low, high = min(found), max(found)
    room = (high - low) * 0.06 or max(abs(low), 1.0) * 0.05
    return Scale(low - room, high + room, start, end)


def element(name: str, content: Markup | str = "", **attributes: object) -> Markup:
    """Return an element; ``stroke_width`` is written ``stroke-width``, floats with one decimal."""
    return _element(name, content, attributes)


def _element(name: str, content: Markup | str, attributes: Mapping[str, object]) -> Markup:
    written = Markup().join(
        Markup(' {}="{}"').format(key.replace("_", "-"), _value(value)) for key, value in attributes.items()
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, content)


def words(text: str, x: float, y: float, width: float | None = None, **attributes: object) -> Markup:
    """Return a text at a place; where it is longer than `width` it is cut off, and the whole is its title."""
    whole = printable(text)
    style = {"x": x, "y": y, "font_size": FONT, "fill": INK} | attributes
    most = len(whole) if width is None else int(width / (FONT * _CHARACTER))
    if len(whole) <= most:
        return _element("text", escape(whole), style)
    shown = whole[: max(1, most - 1)] + "…"
    return _element("text", element("title", escape(whole)) + escape(shown), style)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> Markup:
    """Return a line."""
    return _element("line", "", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": FAINT} | attributes)


def marker(x: float, y: float, tone: Tone) -> Markup:
    """Return a marker: a circle, for what is bad a diamond, for what warns a square."""
    fill = TONES[tone]
    if tone == "bad":
        return element("path", d=f"M{x:.1f} {y - 6.5:.1f}l6.5 6.5l-6.5 6.5l-6.5 -6.5z", fill=fill)
    if tone == "warn":
        return element("rect", x=x - 4.5, y=y - 4.5, width=9, height=9, fill=fill)
    return element("circle", cx=x, cy=y, r=5, fill=fill)


def picture(parts: Iterable[Markup], *, width: float, height: float, label: str) -> Markup:
    """Return the whole drawing, which scales with the page; `label` is what it is called when read aloud."""
    return element(
        "svg",
        Markup().join(parts),
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        role="img",
        aria_label=printable(label),
        font_family="inherit",
    )


def _value(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
