from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.monitoring import window
from tideline.domain.monitoring.counts import CategoryCounts, NumberCounts, WindowCounts, merged

_FEW = st.integers(0, 10**12)


@st.composite
def _windows(draw: st.DrawFn) -> WindowCounts:
    def counts(length: int) -> tuple[int, ...]:
        return tuple(draw(st.lists(_FEW, min_size=length, max_size=length)))

    base = window()
    return base.model_copy(
        update={
            "rows": draw(_FEW),
            "calls": draw(_FEW),
            "failed": draw(_FEW),
            "features": {
                "tenure": NumberCounts(
                    missing=draw(_FEW), below=draw(_FEW), above=draw(_FEW), counts=counts(2)
                ),
                "contract": CategoryCounts(missing=draw(_FEW), counts=counts(2), other=draw(_FEW)),
            },
        }
    )


@given(st.lists(_windows(), min_size=1, max_size=5), st.randoms())
def test_windows_merge_to_the_same_in_any_order_and_grouping(
    windows: list[WindowCounts], random: object
) -> None:
    shuffled = list(windows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merged(shuffled) == reduce(lambda total, one: one.plus(total), windows)


def test_counts_over_other_bins_do_not_merge() -> None:
    columns = {"tenure": NumberCounts(counts=(1, 2, 3)), "contract": CategoryCounts(counts=(1, 2))}
    other = window().model_copy(update={"features": columns})
    with pytest.raises(ValueError, match="argument 2"):
        window().plus(other)


def test_a_number_does_not_merge_with_a_category() -> None:
    columns = {"tenure": CategoryCounts(counts=(1, 2)), "contract": NumberCounts(counts=(1, 2))}
    swapped = window().model_copy(update={"features": columns})
    with pytest.raises(ValueError, match="counted as a category"):
        window().plus(swapped)


def test_windows_of_other_features_do_not_merge() -> None:
    other = window().model_copy(update={"features": {}})
    with pytest.raises(ValueError, match="different references"):
        window().plus(other)
