from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.training.time_split import LARGEST_SHARE, cut_newest


def test_the_newest_fifth_is_cut_off() -> None:
    cut = cut_newest(np.arange(100, dtype=np.int64))
    assert cut == 79


def test_rows_of_one_moment_stay_together() -> None:
    days = np.repeat(np.arange(4, dtype=np.int64), 25)
    assert cut_newest(days) == 2  # a quarter is closer to a fifth than a half is


def test_of_two_cuts_as_close_the_smaller_part_is_kept_back() -> None:
    times = np.repeat(np.array([1, 2, 3], dtype=np.int64), [70, 20, 10])
    assert cut_newest(times) == 2


@pytest.mark.parametrize("counts", [[], [100], [40, 60]])
def test_there_is_no_cut_where_more_than_half_would_be_kept_back(counts: list[int]) -> None:
    assert cut_newest(np.repeat(np.arange(len(counts), dtype=np.int64), counts)) is None


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60))
def test_both_parts_have_rows_and_the_earlier_one_the_most(times: list[int]) -> None:
    array = np.array(times, dtype=np.int64)
    cut = cut_newest(array)
    if cut is not None:
        share = float((array > cut).mean())
        assert 0 < share <= LARGEST_SHARE
