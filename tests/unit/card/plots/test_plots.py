"""Plots of the card: what is drawn lies where its number says."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from tests.fakes.evidence import interval
from tideline.card.plots.bars import importance_bars
from tideline.card.plots.reliability import reliability_curve
from tideline.domain.evaluation.inspection.findings import Calibration, Importance, ReliabilityBin


def test_a_negative_importance_points_the_other_way() -> None:
    found = [Importance(feature=str(d), drop=d, low=d, high=d, repeats=1) for d in (0.4, -0.2)]
    svg = ET.fromstring(importance_bars(found, metric="r2", label="x"))
    right, left = svg.iter("rect")
    assert float(left.get("x", "")) < float(right.get("x", ""))
    assert float(left.get("width", "")) == pytest.approx(float(right.get("width", "")) / 2, abs=0.2)


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


def test_one_value_alone_can_be_drawn() -> None:
    flat = Importance(feature="f", drop=0.0, low=0.0, high=0.0, repeats=1)
    ET.fromstring(importance_bars([flat], metric="r2", label="x"))
