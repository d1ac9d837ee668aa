"""Bars from zero with the range over repeats: how much a model relies on each feature."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from tideline.domain.evaluation.inspection.findings import Importance
from tideline.page.drawing import (
    ACCENT,
    FAINT,
    INK,
    MUTED,
    WIDTH,
    Scale,
    element,
    line,
    picture,
    scale_over,
    words,
)
from tideline.page.words import number, signed

_ROW = 26
_TOP = 8
_BOTTOM = 46
_LABELS = 240
_VALUES = 80


def importance_bars(found: Sequence[Importance], *, metric: str, label: str) -> Markup:
    """Draw at least one importance, in the order given."""
    bounds = [value for one in found for value in (one.low, one.high, one.drop)]
    scale = scale_over([0.0, *bounds], start=_LABELS, end=WIDTH - _VALUES)
    height = _TOP + _ROW * len(found) + _BOTTOM
    base = height - _BOTTOM
    parts = [line(scale.at(tick), _TOP, scale.at(tick), base) for tick in scale.ticks()]
    for place, one in enumerate(found):
        parts += _bar(scale, one, _TOP + _ROW * (place + 0.5))
    parts.append(line(scale.at(0), _TOP, scale.at(0), base, stroke=INK, stroke_width=1.2))
    parts += [
        words(number(tick), scale.at(tick), base + 17, text_anchor="middle", font_size=12, fill=MUTED)
        for tick in scale.ticks()
    ]
    middle = (scale.start + scale.end) / 2
    name = f"drop of {metric} when the feature's values are shuffled"
    parts.append(words(name, middle, base + 37, text_anchor="middle", font_size=12, fill=MUTED))
    return picture(parts, width=WIDTH, height=height, label=label)


def _bar(scale: Scale, one: Importance, y: float) -> list[Markup]:
    zero, tip = scale.at(0), scale.at(one.drop)
    return [
        words(one.feature, 0, y + 4.5, width=_LABELS - 14),
        element(
            "rect",
            x=min(zero, tip),
            y=y - 8,
            width=abs(tip - zero),
            height=16,
            fill=ACCENT if one.drop > 0 else FAINT,
            fill_opacity=0.82,
        ),
        line(scale.at(one.low), y, scale.at(one.high), y, stroke=INK, stroke_width=1.4),
        *(
            line(scale.at(end), y - 4, scale.at(end), y + 4, stroke=INK, stroke_width=1.4)
            for end in (one.low, one.high)
        ),
        words(signed(one.drop), WIDTH, y + 4.5, text_anchor="end", font_size=12, fill=MUTED),
    ]
