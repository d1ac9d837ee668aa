"""The pencil: a scale that holds its values, and texts that fit."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.page.drawing import Scale, scale_over, words

SANE = st.floats(-1e9, 1e9, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-9)


@given(st.lists(SANE, min_size=1, max_size=6))
def test_a_scale_keeps_values_within_and_in_order_and_has_round_ticks(values: list[float]) -> None:
    scale = scale_over(values, start=10, end=110)

    places = [scale.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(10 <= place <= 110 for place in places)
    ticks = scale.ticks()
    assert len(ticks) <= 8
    assert all(10 - 1e-6 <= scale.at(tick) <= 110 + 1e-6 for tick in ticks)


def test_ticks_are_round() -> None:
    assert Scale(0, 1, 0, 100).ticks() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])


def test_a_long_label_is_cut_and_whole_as_a_title() -> None:
    svg = ET.fromstring(words("x" * 300, 0, 0, width=100))
    assert (svg.find("title") or svg[0]).text == "x" * 300
    assert len(svg[0].tail or "") < 30
