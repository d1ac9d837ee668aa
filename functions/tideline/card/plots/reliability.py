"""The reliability curve: predicted probabilities against what happened, over the rows in each bin."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from tideline.domain.evaluation.inspection.findings import Calibration, ReliabilityBin
from tideline.page.drawing import ACCENT, INK, MUTED, Scale, element, line, picture, words

_WIDTH = 430
_LEFT = 58
_SIDE = 340
_TOP = 12
_GAP = 44
_STRIP = 60
_BOTTOM = 30
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def reliability_curve(found: Calibration, *, label: str) -> Markup:
    """Draw one class's curve; a point on the diagonal came as true as it was said."""
    across = Scale(0, 1, _LEFT, _LEFT + _SIDE)
    up = Scale(0, 1, _TOP + _SIDE, _TOP)
    height = _TOP + _SIDE + _GAP + _STRIP + _BOTTOM
    parts = [
        *_frame(across, up),
        *_points(found.bins, across, up),
        *_counts(found.bins, across, top=_TOP + _SIDE + _GAP),
    ]
    return picture(parts, width=_WIDTH, height=height, label=label)


def _frame(across: Scale, up: Scale) -> Iterator[Markup]:
    for tick in _TICKS:
        yield line(across.at(tick), up.end, across.at(tick), up.start)
        yield line(across.start, up.at(tick), across.end, up.at(tick))
        yield words(
            f"{tick:g}", across.at(tick), up.start + 16, text_anchor="middle", font_size=12, fill=MUTED
        )
        yield words(
            f"{tick:g}", across.start - 8, up.at(tick) + 4, text_anchor="end", font_size=12, fill=MUTED
        )
    yield line(
        across.start, up.start, across.end, up.end, stroke=INK, stroke_dasharray="5 4", stroke_width=1.2
    )
    middle = (up.start + up.end) / 2
    yield words(
        "share that came true",
        14,
        middle,
        text_anchor="middle",
        font_size=12,
        fill=MUTED,
        transform=f"rotate(-90 14 {middle:.0f})",
    )
    yield words(
        "predicted probability",
        (across.start + across.end) / 2,
        up.start + 34,
        text_anchor="middle",
        font_size=12,
        fill=MUTED,
    )


def _points(bins: tuple[ReliabilityBin, ...], across: Scale, up: Scale) -> Iterator[Markup]:
    path = " ".join(f"{across.at(one.predicted):.1f},{up.at(one.observed.estimate):.1f}" for one in bins)
    yield element("polyline", points=path, fill="none", stroke=ACCENT, stroke_width=1.6)
    for one in bins:
        x = across.at(one.predicted)
        yield line(x, up.at(one.observed.low), x, up.at(one.observed.high), stroke=ACCENT, stroke_width=2)
        yield element("circle", cx=x, cy=up.at(one.observed.estimate), r=4.5, fill=ACCENT)


def _counts(bins: tuple[ReliabilityBin, ...], across: Scale, *, top: float) -> Iterator[Markup]:
    most = max((one.rows for one in bins), default=1) or 1
    for one in bins:
        tall = _STRIP * one.rows / most
        left, right = across.at(one.low), across.at(one.high)
        yield element(
            "rect",
            x=left + 1,
            y=top + _STRIP - tall,
            width=max(1.0, right - left - 2),
            height=tall,
            fill=MUTED,
            fill_opacity=0.55,
        )
    yield line(across.start, top + _STRIP, across.end, top + _STRIP, stroke=MUTED)
    yield words(f"{most:,}", across.start - 8, top + 10, text_anchor="end", font_size=12, fill=MUTED)
    yield words(
        "rows in each bin",
        (across.start + across.end) / 2,
        top + _STRIP + 18,
        text_anchor="middle",
        font_size=12,
        fill=MUTED,
    )
