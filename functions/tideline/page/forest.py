"""A forest plot: estimates with their intervals, one a row, beside lines to compare them with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tideline.page.blocks import Tone
from tideline.page.drawing import (
    BAD_GROUND,
    FAINT,
    INK,
    MUTED,
    TONES,
    WIDTH,
    Scale,
    line,
    marker,
    picture,
    scale_over,
    words,
)
from tideline.page.drawing import element as shape
from tideline.page.words import number

_ROW = 28
_TOP = 40
# Without names of lines.
_BARE_TOP = 8
_BOTTOM = 48
# Where the name of each line stands: two that lie close together point away from each other.
_NAMES = {0: (), 1: (("middle", 0.0),), 2: (("end", -3.0), ("start", 3.0))}
_LABELS = 225
_COUNTS = 285
_START = 300
_VALUES = 205


@dataclass(frozen=True)
class Whisker:
    """One row: a point, and its interval where it has one; `value` is the same in words."""

    label: str
    value: str
    estimate: float
    low: float | None = None
    high: float | None = None
    tone: Tone = ""
    rows: int | None = None


@dataclass(frozen=True)
class Mark:
    """A line across all rows."""

    label: str
    value: float
    dashed: bool = False


def forest(
    rows: Sequence[Whisker],
    *,
    marks: Sequence[Mark] = (),
    below: float | None = None,
    axis: str,
    label: str,
) -> Markup:
    """Draw rows from top to bottom.

    Args:
        rows: At least one.
        marks: At most two lines, which are named above the plot.
        below: Values beneath this one are shaded: nothing should lie there.
        axis: What the axis shows.
        label: What the whole shows, for those who cannot see it.
    """
    scale = _scale(rows, marks, below)
    top = _TOP if marks else _BARE_TOP
    height = top + _ROW * len(rows) + _BOTTOM
    return picture(
        [
            *_ground(scale, below=below, top=top, height=height),
            *_marks(scale, marks, height),
            *_rows(scale, rows, top=top),
            *_axis(scale, axis, height),
        ],
        width=WIDTH,
        height=height,
        label=label,
    )


def _scale(rows: Sequence[Whisker], marks: Sequence[Mark], below: float | None) -> Scale:
    bounds = [value for row in rows for value in (row.estimate, row.low, row.high) if value is not None]
    lines = [mark.value for mark in marks] + ([] if below is None else [below])
    return scale_over([*bounds, *lines], start=_START, end=WIDTH - _VALUES)


def _ground(scale: Scale, *, below: float | None, top: float, height: float) -> Iterator[Markup]:
    if below is not None:
        yield shape(
            "rect",
            x=scale.start,
            y=top,
            width=max(0.0, scale.at(below) - scale.start),
            height=height - top - _BOTTOM,
            fill=BAD_GROUND,
        )
    for tick in scale.ticks():
        yield line(scale.at(tick), top, scale.at(tick), height - _BOTTOM)


def _marks(scale: Scale, marks: Sequence[Mark], height: float) -> Iterator[Markup]:
    ordered = sorted(marks, key=lambda mark: mark.value)
    for mark, (anchor, aside) in zip(ordered, _NAMES[len(ordered)], strict=True):
        x = scale.at(mark.value)
        dash = {"stroke_dasharray": "5 4"} if mark.dashed else {}
        yield line(x, _TOP - 12, x, height - _BOTTOM, stroke=INK, stroke_width=1.2, **dash)
        yield words(mark.label, x + aside, _TOP - 18, text_anchor=anchor, font_size=12, fill=INK)


def _rows(scale: Scale, rows: Sequence[Whisker], *, top: float) -> Iterator[Markup]:
    for place, row in enumerate(rows):
        y = top + _ROW * (place + 0.5)
        bold = {"font_weight": 600} if row.tone == "bad" else {}
        yield words(row.label, 0, y + 4.5, width=_LABELS if row.rows is not None else _COUNTS, **bold)
        if row.rows is not None:
            yield words(f"n = {row.rows:,}", _COUNTS, y + 4.5, text_anchor="end", font_size=12, fill=MUTED)
        if row.low is not None and row.high is not None:
            yield line(scale.at(row.low), y, scale.at(row.high), y, stroke=TONES[row.tone], stroke_width=2.4)
            for end in (row.low, row.high):
                yield line(
                    scale.at(end), y - 4.5, scale.at(end), y + 4.5, stroke=TONES[row.tone], stroke_width=2.4
                )
        yield marker(scale.at(row.estimate), y, row.tone)
        yield words(row.value, WIDTH, y + 4.5, text_anchor="end", font_size=12, fill=MUTED)


def _axis(scale: Scale, name: str, height: float) -> Iterator[Markup]:
    base = height - _BOTTOM
    yield line(scale.start, base, scale.end, base, stroke=FAINT, stroke_width=1.5)
    for tick in scale.ticks():
        yield words(
            number(0.0 if abs(tick) < (scale.high - scale.low) * 1e-9 else tick),
            scale.at(tick),
            base + 17,
            text_anchor="middle",
            font_size=12,
            fill=MUTED,
        )
    yield words(
        name, (scale.start + scale.end) / 2, base + 37, text_anchor="middle", font_size=12, fill=MUTED
    )
