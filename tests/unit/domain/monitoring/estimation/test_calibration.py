from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from tests.unit.domain.monitoring.quality_samples import draw_binary
from tideline.domain.monitoring.counting.score_bins import CENTRES, score_counts
from tideline.domain.monitoring.estimation.calibration import (
    MAX_BINS,
    MIN_BIN_ROWS,
    calibrate,
    interpolation,
    isotonic,
    mean_scores,
)

VALUES = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 50)), min_size=1, max_size=20)


@settings(deadline=None)
@given(VALUES)
def test_pooling_gives_what_the_reference_implementation_gives(pairs):
    values, weights = (np.array(each, dtype=float) for each in zip(*pairs, strict=True))
    expected = IsotonicRegression().fit_transform(np.arange(len(values)), values, sample_weight=weights)
    assert isotonic(values, weights) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=300))
def test_every_row_is_in_one_bin_and_probabilities_never_fall(pairs):
    scores, hits = (np.array(each) for each in zip(*pairs, strict=True))
    found = calibrate(scores, hits)
    assert (sum(found.rows), sum(found.hits)) == (len(scores), hits.sum())
    assert found.upto[-1] == 1
    assert list(found.upto) == sorted(set(found.upto))
    assert np.all(np.diff(found.probabilities) >= 0)
    assert min(found.rows) >= min(MIN_BIN_ROWS, len(scores))


def test_ties_stay_together():
    scores = np.repeat([0.2, 0.6], [500, 100])
    assert calibrate(scores, np.arange(600) % 2 == 0).rows == (500, 100)


def test_balanced_classes_have_bins_of_about_as_many_rows():
    drawn = draw_binary(np.random.default_rng(0), 4_000)
    rows = np.array(calibrate(drawn.raw[:, 1], drawn.y == 1).rows)
    assert MAX_BINS * 0.8 <= len(rows) <= MAX_BINS
    assert rows.max() < 1.6 * np.median(rows)


def test_a_rare_class_is_not_all_in_the_last_bin():
    drawn = draw_binary(np.random.default_rng(0), 20_000, centre=-6)
    found = calibrate(drawn.raw[:, 1], drawn.y == 1)
    assert drawn.y.mean() < 0.03
    assert found.hits[-1] < sum(found.hits) / 3


def test_a_model_too_sure_of_itself_is_corrected():
    random = np.random.default_rng(0)
    drawn = draw_binary(random, 20_000, over=2.0)
    found = calibrate(drawn.raw[:, 1], drawn.y == 1)
    means = mean_scores(found, score_counts(drawn.raw[:, 1]))
    curve = np.array(found.probabilities) @ interpolation(means)
    true = 1 / (1 + ((1 - CENTRES) / CENTRES) ** 0.5)
    inner = (CENTRES > 0.05) & (CENTRES < 0.95)
    assert np.abs(curve - true)[inner].max() < 0.06
    assert np.all(np.diff(curve) >= -1e-12)
