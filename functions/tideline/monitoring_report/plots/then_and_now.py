"""A distribution then and now: broad pale bars of the reference, narrow dark ones of the window in front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from tideline.monitoring_report.distributions import Bar
from tideline.page.drawing import ACCENT, MUTED, TONES, element, line, picture, words
from tideline.page.words import percent

_WIDTH = 280
_TALL = 96
_TOP = 14
_SMALL = 11.5
_ROW = 20
_LABELS = 112
_VALUES = 52
_THEN = "var(--then)"


def standing(bars: Sequence[Bar], *, label: str) -> Markup:
    """Draw numbers, the smallest on the left; at least one bar."""
    most = max(max(bar.then, bar.now) for bar in bars) or 1.0
    base, room = _TOP + _TALL, _WIDTH / len(bars)
    parts = [
        part
        for place, bar in enumerate(bars)
        for part in _stand(bar, room * place, room, base=base, most=most)
    ]
    parts.append(line(0, base, _WIDTH, base, stroke=MUTED))
    parts.append(words(percent(most), 0, 10, font_size=_SMALL, fill=MUTED))
    parts += _ends(bars, base + 15)
    return picture(parts, width=_WIDTH, height=base + 20, label=label)


def lying(bars: Sequence[Bar], *, label: str) -> Markup:
    """Draw categories, one a row; at least one bar."""
    most = max(max(bar.then, bar.now) for bar in bars) or 1.0
    parts = [part for place, bar in enumerate(bars) for part in _lie(bar, _ROW * place, most)]
    return picture(parts, width=_WIDTH, height=_ROW * len(bars), label=label)


def _stand(bar: Bar, x: float, room: float, *, base: float, most: float) -> Iterator[Markup]:
    told = element("title", f"{bar.label}: {percent(bar.then)} then, {percent(bar.now)} now")
    for share, width, fill in ((bar.then, 0.92, _THEN), (bar.now, 0.46, _now(bar))):
        tall = _TALL * share / most
        yield element(
            "rect",
            told,
            x=x + room * (1 - width) / 2,
            y=base - tall,
            width=room * width,
            height=tall,
            fill=fill,
        )


def _ends(bars: Sequence[Bar], y: float) -> Iterator[Markup]:
    known = [place for place, bar in enumerate(bars) if not bar.strange]
    room = _WIDTH / len(bars)
    if len(known) == 1:
        x = room * (known[0] + 0.5)
        yield words(bars[known[0]].label, x, y, text_anchor="middle", font_size=_SMALL, fill=MUTED)
        return
    style = {"font_size": _SMALL, "fill": MUTED}
    if known:
        yield words(bars[known[0]].start, room * known[0], y, _WIDTH / 2, **style)
        yield words(bars[known[-1]].end, room * (known[-1] + 1), y, _WIDTH / 2, text_anchor="end", **style)


def _lie(bar: Bar, y: float, most: float) -> Iterator[Markup]:
    yield words(bar.label, 0, y + 14, width=_LABELS - 6, font_size=_SMALL + 0.5)
    told = element("title", f"{percent(bar.then)} then, {percent(bar.now)} now")
    room = _WIDTH - _LABELS - _VALUES
    for share, tall, fill in ((bar.then, 14.0, _THEN), (bar.now, 6.0, _now(bar))):
        yield element(
            "rect", told, x=_LABELS, y=y + 10 - tall / 2, width=room * share / most, height=tall, fill=fill
        )
    yield words(percent(bar.now), _WIDTH, y + 14, text_anchor="end", font_size=_SMALL, fill=MUTED)


def _now(bar: Bar) -> str:
    return TONES["bad"] if bar.strange else ACCENT
