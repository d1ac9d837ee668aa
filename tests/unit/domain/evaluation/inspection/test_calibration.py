from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from tideline.domain.encoding import Encoding
from tideline.domain.evaluation.inspection.calibration import MAX_BINS, MIN_BIN_ROWS, calibrations
from tideline.domain.evaluation.inspection.findings import Calibration

BINARY = Encoding(task="binary", features=(), classes=("no", "yes"))
THREE = Encoding(task="multiclass", features=(), classes=("a", "b", "c"))


def drawn(rows: int, *, seed: int = 0, power: float = 1.0) -> tuple[Any, Any]:
    """Return outcomes and the probabilities they were drawn with, raised to a power."""
    random = np.random.default_rng(seed)
    p = random.random(rows)
    return (random.random(rows) < p).astype(np.float32), p**power


def curve(y: Any, p: Any) -> Calibration:
    raw = np.column_stack([1 - p, p]).astype(np.float32)
    (found,) = calibrations(BINARY, y=y, raw=raw, confidence=0.95)
    return found


def test_bins_hold_equally_many_rows_and_are_scikit_learns() -> None:
    y, p = drawn(5_000)
    found = curve(y, p)
    observed, predicted = calibration_curve(y, p, n_bins=MAX_BINS, strategy="quantile")
    assert [b.rows for b in found.bins] == [500] * MAX_BINS
    assert [b.observed.estimate for b in found.bins] == pytest.approx(observed.tolist())
    assert [b.predicted for b in found.bins] == pytest.approx(predicted.tolist(), abs=1e-6)
    assert all(a.high <= b.low for a, b in zip(found.bins, found.bins[1:], strict=False))
    assert found.label == "yes"


def test_a_calibrated_model_shows_what_chance_leaves_and_another_much_more() -> None:
    y, p = drawn(20_000)
    by_chance = np.mean([np.sqrt(2 * m * (1 - m) / (np.pi * 2_000)) for m in np.arange(0.05, 1, 0.1)])
    assert curve(y, p).expected_calibration_error == pytest.approx(by_chance, rel=0.6)
    # Squared, the mean prediction is a third where a half comes true.
    assert curve(*drawn(20_000, power=2)).expected_calibration_error == pytest.approx(1 / 6, abs=0.01)


def test_the_error_is_the_gap_weighted_by_rows() -> None:
    y = np.repeat([0.0, 1.0], [300, 100]).astype(np.float32)
    found = curve(y, np.repeat([0.25, 0.75], [300, 100]))
    assert [(b.rows, b.predicted, b.observed.estimate) for b in found.bins] == [
        (300, 0.25, 0),
        (100, 0.75, 1),
    ]
    assert found.expected_calibration_error == pytest.approx(0.25)


def test_equal_predictions_share_a_bin_and_few_rows_make_few_bins() -> None:
    y, p = drawn(400)
    assert [b.rows for b in curve(y, np.full(400, 0.5)).bins] == [400]
    assert len(curve(y[:55], p[:55]).bins) == 55 // MIN_BIN_ROWS
    assert len(curve(y[:3], p[:3]).bins) == 1


def test_a_holdout_of_one_class_has_a_curve() -> None:
    _, p = drawn(400)
    found = curve(np.zeros(400, np.float32), p)
    assert {b.observed.estimate for b in found.bins} == {0}
    assert found.expected_calibration_error == pytest.approx(p.mean(), abs=1e-6)


def test_multiclass_has_a_curve_a_class_even_for_one_that_never_came() -> None:
    raw = np.tile([0.5, 0.3, 0.2], (200, 1)).astype(np.float32)
    y = np.repeat([0, 1], 100).astype(np.float32)
    found = calibrations(THREE, y=y, raw=raw, confidence=0.9)
    assert [one.label for one in found] == ["a", "b", "c"]
    assert [one.expected_calibration_error for one in found] == pytest.approx([0, 0.2, 0.2], abs=1e-6)
    assert found[0].bins[0].observed.confidence == 0.9


def test_regression_has_none() -> None:
    encoding = Encoding(task="regression", features=())
    assert calibrations(encoding, y=np.ones(3), raw=np.ones((3, 1)), confidence=0.95) == ()
