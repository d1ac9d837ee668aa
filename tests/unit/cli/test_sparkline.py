"""Little bars: one a value, as high as it is."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cli.sparkline import BLOCKS, PLAIN, bars_of, sparkline

VALUES = st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=1, max_size=20)


def test_from_the_smallest_to_the_largest_each_bar_is_used() -> None:
    assert sparkline(range(8)) == BLOCKS  # type: ignore[arg-type]


def test_where_there_is_no_value_there_is_no_bar() -> None:
    assert sparkline([0.0, None, 1.0]) == "▁ █"
    assert sparkline([None, None]) == "  "
    assert sparkline([]) == ""


def test_values_that_are_alike_are_flat() -> None:
    assert sparkline([3.0, 3.0]) == "▁▁"


def test_a_scale_may_be_given_and_what_lies_beyond_is_at_its_end() -> None:
    assert sparkline([0.0, 0.5, 1.0, 9.0], low=0.0, high=1.0) == "▁▅██"
    assert sparkline([-5.0], low=0.0, high=1.0) == "▁"


@given(VALUES, st.sampled_from((BLOCKS, PLAIN)))
def test_a_larger_value_has_no_lower_bar(values: list[float], bars: str) -> None:
    heights = [bars.index(bar) for bar in sparkline(values, bars=bars)]

    assert len(heights) == len(values)
    ordered = [height for _, height in sorted(zip(values, heights, strict=True))]
    assert ordered == sorted(ordered)


@pytest.mark.parametrize(("encoding", "bars"), [("utf-8", BLOCKS), ("ascii", PLAIN), ("latin-1", PLAIN)])
def test_a_terminal_that_has_no_blocks_gets_plain_characters(encoding: str, bars: str) -> None:
    console = Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding))

    assert bars_of(console) == bars
