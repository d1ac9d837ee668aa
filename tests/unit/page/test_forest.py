"""Forest plots: what is drawn lies where its number says, and within the picture."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tideline.page.drawing import WIDTH
from tideline.page.forest import Mark, Whisker, forest


def test_markers_follow_their_numbers() -> None:
    rows = [Whisker(str(v), str(v), v, v - 0.1, v + 0.1) for v in (0.3, 0.1, 0.2)]
    svg = ET.fromstring(forest(rows, axis="x", label="x"))
    x = [float(circle.get("cx", "")) for circle in svg.iter("circle")]
    assert x[1] < x[2] < x[0]
    assert x[0] - x[2] == pytest.approx(x[2] - x[1], abs=0.2)


def test_what_is_bad_has_a_shape_of_its_own() -> None:
    rows = [
        Whisker("good", "", 0.1),
        Whisker("bad", "", 0.2, tone="bad"),
        Whisker("odd", "", 0.3, tone="warn"),
    ]
    svg = ET.fromstring(forest(rows, marks=[Mark("m", 0.0)], below=-0.1, axis="x", label="x"))
    assert (len(list(svg.iter("circle"))), len(list(svg.iter("path")))) == (1, 1)
    # The background, the shaded part and the marker of what warns.
    assert len(list(svg.iter("rect"))) == 2


def test_everything_lies_within_the_picture() -> None:
    svg = ET.fromstring(forest([Whisker("a", "1", 1, 0, 2)], axis="x", label="x"))
    for element in svg.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, 0)) <= WIDTH


def test_one_value_alone_can_be_drawn() -> None:
    ET.fromstring(forest([Whisker("only", "0", 0.0)], axis="x", label="x"))
