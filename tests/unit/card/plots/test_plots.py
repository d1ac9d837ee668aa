"""Plots: what is drawn lies where its number says, and within the picture."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.evidence import interval
from tideline.card.plots.bars import importance_bars
from tideline.card.plots.drawing import WIDTH, Scale, scale_over, words
from tideline.card.plots.forest import Mark, Whisker, forest
from tideline.card.plots.reliability import reliability_curve
from tideline.domain.evaluation.inspection.findings import Calibration, Importance, ReliabilityBin

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


def test_one_value_alone_can_be_drawn() -> None:
    ET.fromstring(forest([Whisker("only", "0", 0.0)], axis="x", label="x"))
    flat = Importance(feature="f", drop=0.0, low=0.0, high=0.0, repeats=1)
    ET.fromstring(importance_bars([flat], metric="r2", label="x"))


def test_a_negative_importance_points_the_other_way() -> None:
    found = [Importance(feature=str(d), drop=d, low=d, high=d, repeats=1) for d in (0.4, -0.2)]
    svg = ET.fromstring(importance_bars(found, metric="r2", label="x"))
    right, left = svg.iter("rect")
    assert float(left.get("x", "")) < float(right.get("x", ""))
    assert float(left.get("width", "")) == pytest.approx(float(right.get("width", "")) / 2, abs=0.2)


def test_a_long_label_is_cut_and_whole_as_a_title() -> None:
    svg = ET.fromstring(words("x" * 300, 0, 0, width=100))
    assert (svg.find("title") or svg[0]).text == "x" * 300
    assert len(svg[0].tail or "") < 30


def test_a_curve_has_a_point_a_bin() -> None:
    bins = tuple(
        ReliabilityBin(low=low, high=low + 0.25, rows=10, predicted=low + 0.1, observed=interval(low + 0.1))
        for low in (0, 0.25, 0.5, 0.75)
    )
    calibrated = Calibration(label="yes", bins=bins, expected_calibration_error=0.0)
    svg = ET.fromstring(reliability_curve(calibrated, label="x"))
    points = [(float(c.get("cx", "")), float(c.get("cy", ""))) for c in svg.iter("circle")]
    assert len(points) == 4
    # What is predicted exactly lies on the diagonal, which goes up as it goes right.
    slopes = {round((b[1] - a[1]) / (b[0] - a[0]), 2) for a, b in pairwise(points)}
    assert slopes == {-1.0}


def test_a_curve_without_bins_can_be_drawn() -> None:
    none = Calibration(label="yes", bins=(), expected_calibration_error=0.0)
    ET.fromstring(reliability_curve(none, label="x"))


def test_everything_lies_within_the_picture() -> None:
    svg = ET.fromstring(forest([Whisker("a", "1", 1, 0, 2)], axis="x", label="x"))
    for element in svg.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, 0)) <= WIDTH
