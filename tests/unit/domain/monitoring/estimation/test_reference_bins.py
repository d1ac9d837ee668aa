from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.monitoring.quality_samples import column_counts, profiled
from tideline.domain.monitoring.estimation.reference_bins import (
    bins_of,
    profile_rows,
    row_bins,
    shares,
    window_rows,
)

NUMBERS = st.lists(st.one_of(st.floats(-5, 5, width=16), st.just(np.nan)), min_size=1, max_size=60)
TEXTS = st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=1, max_size=60)


@given(NUMBERS, NUMBERS)
def test_rows_profile_and_window_of_numbers_have_the_same_bins(training, live):
    training, live = (np.array(each, dtype=np.float32) for each in (training, live))
    profile = profiled(training)
    counted = np.bincount(row_bins(training, profile), minlength=bins_of(profile) + 2)
    assert np.array_equal(counted, profile_rows(profile))
    window = window_rows(column_counts(live, profile))
    assert len(window) == len(counted)
    assert window.sum() == len(live)


@given(TEXTS)
def test_rows_profile_and_window_of_texts_have_the_same_bins(training):
    column = np.array(training)
    profile = profiled(column)
    counted = np.bincount(row_bins(column, profile), minlength=bins_of(profile) + 2)
    assert np.array_equal(counted, profile_rows(profile))
    assert np.array_equal(window_rows(column_counts(column, profile)), counted)


def test_a_value_that_training_never_saw_is_other_and_no_value_is_missing():
    profile = profiled(np.array(["a", "a", "b"]))
    assert row_bins(np.array(["new", "", "b"]), profile).tolist() == [2, 3, 1]


def test_no_rows_have_no_shares():
    assert shares(np.zeros(3)).tolist() == [0, 0, 0]
