"""Curves over time: what is drawn lies where its number and its moment say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.page.curves import Curve, Dot, curves
from tideline.page.forest import Mark
from tideline.page.time_axis import time_axis

START = datetime(2026, 3, 1, tzinfo=UTC)


def dots(*values: float, **fields: bool) -> tuple[Dot, ...]:
    return tuple(Dot(START + timedelta(days=at), value, **fields) for at, value in enumerate(values))


def drawn(*lines: Curve, **options: object) -> ET.Element:
    return ET.fromstring(curves(lines, label="x", **options))  # type: ignore[arg-type]


def places(svg: ET.Element) -> list[tuple[float, float]]:
    (line,) = svg.iter("polyline")
    return [tuple(map(float, pair.split(","))) for pair in line.get("points", "").split()]  # type: ignore[misc]


def test_a_curve_goes_right_with_time_and_up_with_its_value() -> None:
    found = places(drawn(Curve("a", dots(1, 3, 2))))

    steps = {round(b[0] - a[0], 1) for a, b in pairwise(found)}
    assert len(steps) == 1
    assert found[1][1] < found[2][1] < found[0][1]
    assert found[0][1] - found[2][1] == pytest.approx(found[2][1] - found[1][1], abs=0.2)


def test_a_level_lies_where_a_value_like_it_would() -> None:
    svg = drawn(Curve("a", dots(1, 2, 3)), levels=[Mark("large", 2.0, dashed=True)])
    dashed = [line for line in svg.iter("line") if line.get("stroke-dasharray") == "5 4"]
    # The first is the one of the legend.
    _, level = dashed

    assert float(level.get("y1", "")) == pytest.approx(places(svg)[1][1])


def test_from_zero_the_lowest_place_is_zero() -> None:
    svg = drawn(Curve("a", dots(0, 5)), from_zero=True)
    base = max(float(line.get("y1", "")) for line in svg.iter("line") if line.get("x2") == "708")

    assert places(svg)[0][1] == pytest.approx(base)


def test_what_is_not_relied_on_is_hollow_and_what_is_not_joined_has_no_line() -> None:
    svg = drawn(Curve("a", (*dots(1, 2), Dot(START, 3, 2, 4, hollow=True)), joined=False))

    assert not list(svg.iter("polyline"))
    assert [c.get("fill") for c in svg.iter("circle")].count("var(--paper)") == 1


def test_one_dot_alone_can_be_drawn() -> None:
    assert len(list(drawn(Curve("a", dots(1))).iter("circle"))) == 1


@given(
    st.lists(
        st.integers(0, 10 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes)),
        min_size=1,
        max_size=5,
    )
)
def test_moments_are_in_order_and_ticks_are_round_and_few(moments: list[datetime]) -> None:
    axis = time_axis(moments, start=10, end=110)

    found = [axis.at(moment) for moment in sorted(moments)]
    assert found == sorted(found)
    assert all(10 <= place <= 110 for place in found)
    ticks = axis.ticks()
    assert len(ticks) <= 8
    assert all(10 <= place <= 110 for place, _ in ticks)


def test_ticks_of_hours_name_the_hour_and_at_midnight_the_day() -> None:
    axis = time_axis([START - timedelta(hours=5), START + timedelta(hours=5)], start=0, end=100)

    assert [name for _, name in axis.ticks()] == ["20:00", "22:00", "1 Mar", "02:00", "04:00"]
