from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.monitoring.counting.columns import count_scores
from tideline.domain.monitoring.counting.counts import SCORE_BINS
from tideline.domain.monitoring.counting.score_bins import CENTRES, score_bin

SCORES = st.floats(0, 1, width=32)


def test_a_score_has_one_bin_in_whatever_precision_it_was_kept():
    scores = np.random.default_rng(0).random(10_000).astype(np.float32)
    kept = np.array([float(str(score)) for score in scores])
    assert np.array_equal(score_bin(scores), score_bin(kept))


def test_what_is_named_at_a_half_and_what_is_not_are_in_different_bins():
    below = np.nextafter(np.float32(0.5), np.float32(0))
    assert score_bin(np.array([below, 0.5], dtype=np.float32)).tolist() == [499, 500]


@given(st.lists(SCORES, min_size=1))
def test_a_score_is_within_its_bin(scores):
    found = CENTRES[score_bin(np.array(scores, dtype=np.float32))]
    assert np.all(np.abs(found - scores) <= 0.5 / SCORE_BINS + 1e-7)


@given(st.lists(st.tuples(SCORES, st.integers(0, 2)), min_size=1))
def test_every_row_is_counted_once_and_named_rows_are_among_them(rows):
    scores, named = (np.array(each) for each in zip(*rows, strict=True))
    counts = count_scores(scores, named == 1)
    assert sum(counts.scores) == len(rows)
    assert sum(counts.named) == int((named == 1).sum())
    assert all(one <= other for one, other in zip(counts.named, counts.scores, strict=True))
