from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.monitoring.samples import counted, profile, scores
from tideline.domain.monitoring.drift.column_bins import category_bins, number_bins, score_bins, shares

VALUES = st.lists(st.sampled_from([np.nan, -2.0, 0.0, 0.5, 3.0]), min_size=1, max_size=40).map(np.array)


def told(bins):
    return [one.told for one in bins]


@given(VALUES, VALUES)
def test_every_row_of_both_sides_is_in_one_bin(then, now):
    against = profile(then)
    bins = number_bins(against, counted(against, now))
    assert (sum(one.then for one in bins), sum(one.now for one in bins)) == (len(then), len(now))
    assert all(one.then >= 0 and one.now >= 0 for one in bins)
    assert [sum(side) for side in shares(bins)] == pytest.approx([1, 1])


def test_numbers_are_told_by_their_bounds():
    against = profile(np.arange(1, 1001))
    bins = number_bins(against, counted(against, np.arange(1, 1001)))
    assert told(bins)[:2] == ["up to 100", "above 100 up to 200"]
    assert told(bins)[-1] == "above 900"
    assert {one.then for one in bins} == {100}


def test_what_is_missing_or_out_of_range_is_a_bin_where_it_occurs():
    against = profile(np.arange(1, 1001))
    bins = number_bins(against, counted(against, np.array([np.nan, 0, 2000, 5])))
    assert told(bins)[:2] == ["without a value", "below 1, the reference's smallest"]
    assert told(bins)[-1] == "above 1,000.0, the reference's largest"
    assert [bins[0].now, bins[1].now, bins[2].now, bins[-2].now, bins[-1].now] == [1, 1, 1, 0, 1]


def test_rare_categories_are_taken_together_and_told_by_the_first_of_them():
    against = profile(["a"] * 800 + [f"rare{at}" for at in range(10)] * 20)
    bins = category_bins(against, counted(against, ["a", "rare0", "rare7", "new", None]))
    assert told(bins) == [
        "without a value",
        "with 'a'",
        "with 'rare0', 'rare1', 'rare2' and 2 more values",
        "with 'rare5', 'rare6', 'rare7' and 2 more values",
        "with values that are new or were rare",
    ]
    assert [one.now for one in bins] == [1, 1, 1, 1, 1]


def test_a_long_value_is_cut_in_words():
    assert told(category_bins(profile(["x" * 99]), counted(profile(["x" * 99]), []))) == [
        f"with '{'x' * 40}…'"
    ]


def test_scores_are_told_by_their_bounds():
    even = scores(np.arange(1000) / 1000 + 0.0005)
    bins = score_bins(even, even)
    assert told(bins)[0] == "with a score from 0 to 0.1"
    assert len(bins) == 10
