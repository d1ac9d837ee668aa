"""Curves over time, told apart by colour and dashes, beside levels to compare them with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from tideline.page.drawing import INK, MUTED, Scale, element, line, picture, scale_over, words
from tideline.page.forest import Mark
from tideline.page.time_axis import TimeAxis, time_axis
from tideline.page.words import number

STROKES = ("var(--accent)", "var(--line-2)", "var(--line-3)", "var(--line-4)", "var(--line-5)")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4")
_WIDTH = 720
_LEFT = 62
_RIGHT = 12
_PLOT = 210
_BOTTOM = 34
_KEY_ROW = 20
_KEYS_A_ROW = 3
_SMALL = 12


@dataclass(frozen=True)
class Dot:
    """A value at a moment; a hollow one is not to be relied on."""

    at: datetime
    value: float
    low: float | None = None
    high: float | None = None
    hollow: bool = False

    @property
    def values(self) -> tuple[float, ...]:
        """The value and its bounds."""
        return tuple(value for value in (self.value, self.low, self.high) if value is not None)


@dataclass(frozen=True)
class Curve:
    """Values in order of time; those that are not `joined` are dots with whiskers."""

    label: str
    dots: tuple[Dot, ...]
    joined: bool = True


def curves(
    lines: Sequence[Curve],
    *,
    levels: Sequence[Mark] = (),
    changes: Sequence[tuple[datetime, str]] = (),
    from_zero: bool = False,
    label: str,
) -> Markup:
    """Draw curves, of which at least one has a dot.

    Args:
        lines: At most five.
        levels: Values that hold all the time.
        changes: Moments with names, from which on something else is measured.
        from_zero: Whether the values begin at 0.
        label: What the whole shows, for those who cannot see it.
    """
    keys = [*_keys(lines), *_level_keys(levels)]
    top = 8 + _KEY_ROW * -(-len(keys) // _KEYS_A_ROW)
    dots = [dot for one in lines for dot in one.dots]
    across = time_axis([dot.at for dot in dots], start=_LEFT, end=_WIDTH - _RIGHT)
    values = [value for dot in dots for value in dot.values] + [level.value for level in levels]
    up = scale_over([*values, 0.0] if from_zero else values, start=top + _PLOT, end=top + 6)
    if from_zero:
        up = Scale(0.0, up.high, up.start, up.end)
    parts = [
        *_legend(keys),
        *_ground(across, up),
        *_changes(across, up, changes),
        *_levels(up, levels),
        *(part for place, one in enumerate(lines) for part in _curve(one, place, across, up)),
    ]
    return picture(parts, width=_WIDTH, height=top + _PLOT + _BOTTOM, label=label)


def _keys(lines: Sequence[Curve]) -> Iterator[tuple[str, list[Markup]]]:
    for place, one in enumerate(lines):
        stroke = STROKES[place]
        if one.joined:
            yield one.label, [line(0, 0, 22, 0, stroke=stroke, stroke_width=2.2, **_dashed(_DASHES[place]))]
        else:
            yield one.label, [_point(11, 0, stroke, hollow=False)]


def _level_keys(levels: Sequence[Mark]) -> Iterator[tuple[str, list[Markup]]]:
    for level in levels:
        drawn = line(0, 0, 22, 0, stroke=INK, stroke_width=1.2, **_dashed("5 4" if level.dashed else ""))
        yield f"{level.label} {number(level.value, digits=3)}", [drawn]


def _legend(keys: Sequence[tuple[str, list[Markup]]]) -> Iterator[Markup]:
    room = (_WIDTH - _LEFT - _RIGHT) / _KEYS_A_ROW
    for place, (name, drawn) in enumerate(keys):
        x, y = _LEFT + room * (place % _KEYS_A_ROW), 12 + _KEY_ROW * (place // _KEYS_A_ROW)
        yield element("g", Markup().join(drawn), transform=f"translate({x:.1f} {y - 4})")
        yield words(name, x + 28, y, width=room - 34, font_size=_SMALL)


def _ground(across: TimeAxis, up: Scale) -> Iterator[Markup]:
    for tick in up.ticks(about=5):
        yield line(_LEFT, up.at(tick), _WIDTH - _RIGHT, up.at(tick))
        told = number(0.0 if abs(tick) < (up.high - up.low) * 1e-9 else tick)
        yield words(told, _LEFT - 8, up.at(tick) + 4, text_anchor="end", font_size=_SMALL, fill=MUTED)
    yield line(_LEFT, up.start, _WIDTH - _RIGHT, up.start, stroke=MUTED)
    for x, name in across.ticks():
        yield line(x, up.start, x, up.start + 5, stroke=MUTED)
        yield words(name, x, up.start + 20, text_anchor="middle", font_size=_SMALL, fill=MUTED)


def _changes(across: TimeAxis, up: Scale, changes: Sequence[tuple[datetime, str]]) -> Iterator[Markup]:
    for moment, name in changes:
        x = across.at(moment)
        yield line(x, up.end, x, up.start, stroke=MUTED, stroke_dasharray="1 3")
        yield words(name, x + 4, up.end + 10, font_size=_SMALL, fill=MUTED)


def _levels(up: Scale, levels: Sequence[Mark]) -> Iterator[Markup]:
    for level in levels:
        y = up.at(level.value)
        style = _dashed("5 4" if level.dashed else "")
        yield line(_LEFT, y, _WIDTH - _RIGHT, y, stroke=INK, stroke_width=1.2, **style)


def _curve(one: Curve, place: int, across: TimeAxis, up: Scale) -> Iterator[Markup]:
    stroke = STROKES[place]
    if one.joined and len(one.dots) > 1:
        yield from _band(one.dots, stroke, across, up)
        path = " ".join(f"{across.at(dot.at):.1f},{up.at(dot.value):.1f}" for dot in one.dots)
        style = _dashed(_DASHES[place])
        yield element("polyline", points=path, fill="none", stroke=stroke, stroke_width=2, **style)
    for dot in one.dots:
        x, y = across.at(dot.at), up.at(dot.value)
        if dot.low is not None and dot.high is not None and not (one.joined and len(one.dots) > 1):
            yield line(x, up.at(dot.low), x, up.at(dot.high), stroke=stroke, stroke_width=2)
        if dot.hollow or not one.joined or len(one.dots) == 1:
            yield _point(x, y, stroke, hollow=dot.hollow)
        else:
            yield element("circle", cx=x, cy=y, r=2.2, fill=stroke)


def _band(dots: Sequence[Dot], stroke: str, across: TimeAxis, up: Scale) -> Iterator[Markup]:
    bounds = [(across.at(dot.at), dot.low, dot.high) for dot in dots]
    lower = [f"{x:.1f},{up.at(low):.1f}" for x, low, _ in bounds if low is not None]
    upper = [f"{x:.1f},{up.at(high):.1f}" for x, _, high in reversed(bounds) if high is not None]
    if lower and upper:
        yield element("polygon", points=" ".join(lower + upper), fill=stroke, fill_opacity=0.16)


def _point(x: float, y: float, stroke: str, *, hollow: bool) -> Markup:
    fill = "var(--paper)" if hollow else stroke
    return element("circle", cx=float(x), cy=float(y), r=4.2, fill=fill, stroke=stroke, stroke_width=1.8)


def _dashed(pattern: str) -> dict[str, str]:
    return {"stroke_dasharray": pattern} if pattern else {}
