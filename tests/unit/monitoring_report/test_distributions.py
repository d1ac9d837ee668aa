"""Distributions in few bars: shares add up to one, and lie where the values are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.fakes.looks import ages, outputs, reference, window
from tideline.domain.monitoring.counting.counts import CategoryCounts, NumberCounts
from tideline.domain.training.profile import NumberProfile, profile_categories, profile_numbers
from tideline.monitoring_report.distributions import NUMBER_BARS, column_bars, number_bars, score_bars

COLUMNS = arrays.arrays(
    np.float32, st.integers(1, 300), elements=st.floats(-1e6, 1e6, width=32, allow_nan=False)
)


def counted(profile: NumberProfile, values: np.ndarray) -> NumberCounts:
    bins = np.searchsorted(np.array(profile.edges, np.float32), values, side="left")
    return NumberCounts(
        below=int((values < profile.min).sum()),
        above=int((values > profile.max).sum()),
        counts=tuple(int(count) for count in np.bincount(bins, minlength=len(profile.counts))),
    )


@given(COLUMNS, COLUMNS)
def test_shares_of_numbers_add_up_to_one_then_and_now(then: np.ndarray, now: np.ndarray) -> None:
    profile = profile_numbers(then)
    bars = number_bars(profile, counted(profile, now), most=NUMBER_BARS)

    assert sum(bar.then for bar in bars) == pytest.approx(1)
    assert sum(bar.now for bar in bars) == pytest.approx(1)
    assert len(bars) <= NUMBER_BARS + 2
    assert sum(bar.now for bar in bars if bar.strange) == pytest.approx(
        np.mean((now < profile.min) | (now > profile.max))
    )
    assert all(bar.then == 0 for bar in bars if bar.strange)


@given(COLUMNS)
def test_the_reference_beside_itself_is_the_same(then: np.ndarray) -> None:
    profile = profile_numbers(then)
    bars = number_bars(profile, counted(profile, then), most=NUMBER_BARS)

    assert [bar.then for bar in bars] == pytest.approx([bar.now for bar in bars])
    assert not any(bar.strange for bar in bars)


def test_even_values_make_even_bars_and_the_tails_are_in_the_outermost() -> None:
    bars = number_bars(ages(), None, most=10)

    assert [bar.then for bar in bars[1:-1]] == pytest.approx([0.098] * 8, abs=0.002)
    assert (bars[0].then, bars[-1].then) == pytest.approx((0.108, 0.108), abs=0.003)
    assert (bars[0].start, bars[-1].end) == ("9", "989")


def test_a_column_of_few_values_has_a_bar_for_each() -> None:
    profile = profile_numbers(np.array([0, 0, 0, 1], np.float32))
    bars = number_bars(profile, counted(profile, np.array([1, 1, 2], np.float32)), most=NUMBER_BARS)

    assert [(bar.label, bar.then) for bar in bars] == [("0", 0.75), ("1", 0.25), ("over 1", 0.0)]
    assert [bar.now for bar in bars] == pytest.approx([0, 2 / 3, 1 / 3])


def test_a_column_that_was_always_missing_has_no_bars() -> None:
    assert column_bars(profile_numbers(np.array([np.nan], np.float32)), NumberCounts(counts=(3,))) == ()


def test_counts_of_other_bins_or_another_kind_are_not_drawn() -> None:
    assert column_bars(ages(), NumberCounts(counts=(1, 2))) == ()
    assert column_bars(ages(), CategoryCounts(counts=(1,))) == ()
    assert column_bars(reference().features["plan"], CategoryCounts(counts=(1,))) == ()


def test_rare_values_are_one_bar_with_those_that_were_never_seen() -> None:
    bars = column_bars(reference().features["plan"], window().features["plan"])

    assert [(bar.label, bar.then, bar.now) for bar in bars] == [
        ("monthly", 0.7, 0.68),
        ("yearly", 0.29, 0.28),
        ("all others", pytest.approx(0.01), 0.04),
    ]


def test_where_no_value_was_rare_all_others_are_strange() -> None:
    profile = profile_categories({"a": 5, "b": 5}, count=10, missing=0, distinct=2)
    bars = column_bars(profile, CategoryCounts(counts=(3, 3), other=4))

    assert [(bar.label, bar.strange) for bar in bars] == [("a", False), ("b", False), ("never seen", True)]


def test_of_many_values_those_that_are_frequent_then_or_now_are_shown() -> None:
    names = [f"v{number:02d}" for number in range(30)]
    profile = profile_categories(dict.fromkeys(names, 10), count=300, missing=0, distinct=30)
    bars = column_bars(profile, CategoryCounts(counts=(*(1,) * 29, 71)))

    assert "v29" in [bar.label for bar in bars]
    assert len(bars) == 8
    assert sum(bar.now for bar in bars) == pytest.approx(1)


def test_scores_are_in_bars_of_equal_width() -> None:
    bars = score_bars(outputs(0), None, most=10)

    assert [(bar.label, bar.then) for bar in bars if bar.then] == [("0.1 to 0.2", 0.6), ("0.9 to 1", 0.4)]
    assert len(bars) == 10
