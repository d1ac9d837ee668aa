from __future__ import annotations

import numpy as np

from tests.unit.domain.monitoring.quality_samples import profiled
from tideline.domain.monitoring.realised.value_slices import value_slices


def found(values, profile, *, min_rows=1):
    cuts = value_slices({"f": values}, {"f": profile}, min_rows=min_rows)
    return {cut.value: cut.rows.tolist() for cut in cuts}


def test_numbers_are_cut_at_the_quarters_of_the_training_rows():
    profile = profiled(np.arange(1, 101, dtype=np.float32))
    live = np.array([25, 26, 500, np.nan, -3], dtype=np.float32)
    assert found(live, profile) == {"to 25": [0, 4], "above 25 to 50": [1], "above 75": [2], "": [3]}


def test_categories_are_cut_by_value_even_by_a_new_one():
    profile = profiled(np.array(["a", "b"]))
    live = np.array(["a", None, "new", "a"], dtype=object)
    assert found(live, profile) == {"a": [0, 3], "": [1], "new": [2]}
    assert found(live, profile, min_rows=2) == {"a": [0, 3]}


def test_numbers_of_the_log_are_cut_as_those_of_the_holdout():
    profile = profiled(np.array([0.1, 0.2, 0.3, 0.4], dtype=np.float32))
    live = np.array([0.1, 0.2, 0.3, 0.4, None], dtype=object)
    holdout = np.array([0.1, 0.2, 0.3, 0.4, np.nan], dtype=np.float32)
    assert found(live, profile) == found(holdout, profile)


def test_a_feature_that_was_always_missing_is_one_slice_of_what_has_a_value():
    profile = profiled(np.full(3, np.nan, dtype=np.float32))
    assert found(np.array([1.0, np.nan], dtype=np.float32), profile) == {"all": [0], "": [1]}
