from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tideline.domain.training.profile import MAX_BINS, MAX_COUNTED_VALUES, profile_categories, profile_numbers

COLUMNS = arrays.arrays(
    np.float32, st.integers(1, 300), elements=st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))
)


@given(COLUMNS)
def test_every_value_is_counted_once(values: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    profile = profile_numbers(values)
    assert sum(profile.counts) + profile.missing == profile.count == len(values)
    if profile.edges:
        assert len(profile.counts) == len(profile.edges) + 1


@given(COLUMNS)
def test_counting_over_the_stored_edges_gives_the_stored_counts(
    values: np.ndarray[tuple[int], np.dtype[np.float32]],
) -> None:
    profile = profile_numbers(values)
    present = values[~np.isnan(values)]
    if len(present):
        bins = np.searchsorted(np.array(profile.edges, np.float32), present, side="left")
        assert np.bincount(bins, minlength=len(profile.counts)).tolist() == list(profile.counts)


@given(COLUMNS)
def test_statistics_are_those_of_numpy(values: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    profile = profile_numbers(values)
    present = values[~np.isnan(values)].astype(np.float64)
    if not len(present):
        assert (profile.min, profile.max, profile.mean, profile.std) == (None,) * 4
        return
    assert profile.mean == pytest.approx(present.mean(), rel=1e-9, abs=1e-9)
    assert profile.std == pytest.approx(present.std(), rel=1e-9, abs=1e-6)
    assert (profile.min, profile.max) == (present.min(), present.max())
    for share, value in profile.quantiles.items():
        assert value == np.quantile(present, float(share), method="inverted_cdf")


def test_a_few_different_values_have_a_bin_each() -> None:
    profile = profile_numbers(np.repeat(np.array([1, 2, 5], np.float32), [50, 30, 20]))
    assert profile.edges == (1, 2, 5)
    assert profile.counts == (50, 30, 20, 0)


def test_wild_values_leave_the_bins_of_the_others_alone() -> None:
    values = np.arange(10_000, dtype=np.float32)
    values[-50:] = 1e12
    profile = profile_numbers(values)
    assert len(profile.counts) == MAX_BINS
    assert max(profile.counts) <= 200


def test_only_the_most_frequent_texts_are_counted_one_by_one() -> None:
    top = {f"v{i:03d}": 400 - i for i in range(300)}
    profile = profile_categories(top, count=100_000, missing=7, distinct=900)
    assert list(profile.counts) == list(top)[:MAX_COUNTED_VALUES]
    assert sum(profile.counts.values()) + profile.other + profile.missing == profile.count
