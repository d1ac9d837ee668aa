from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.monitoring.counting.counts import (
    CategoryCounts,
    NumberCounts,
    OutputCounts,
    WindowCounts,
    added,
    merged,
)

COUNT = st.integers(0, 2**40)
ROW = st.tuples(COUNT, COUNT, COUNT)


def window(*counts, **more):
    return WindowCounts(
        model="churn",
        version=1,
        rows=sum(counts),
        calls=1,
        features={
            "x": NumberCounts(missing=1, below=2, above=3, counts=counts),
            "k": CategoryCounts(counts=(4,)),
        },
        outputs={"yes": OutputCounts(scores=counts, named=(0,) * len(counts))},
        **more,
    )


@given(st.lists(ROW, min_size=1, max_size=8), st.randoms())
def test_hours_are_one_week_in_any_order_and_any_parts(rows, random):
    hours = [window(*row) for row in rows]
    week = merged(hours)
    random.shuffle(hours)
    cut = random.randrange(len(hours) + 1)
    parts = [merged(part) for part in (hours[:cut], hours[cut:]) if part]
    assert merged(parts) == week
    assert week.features["x"].counts == tuple(map(sum, zip(*rows, strict=True)))
    assert week.features["x"].below == 2 * len(rows)
    assert WindowCounts.model_validate_json(week.model_dump_json()) == week


def test_an_hour_without_answers_does_not_lose_a_regressions():
    values = NumberCounts(counts=(1, 2))
    assert merged([window(1), window(1, value=values), window(1, value=values)]).value.counts == (2, 4)


def test_columns_alone_add_up_too():
    assert CategoryCounts(missing=1, counts=(1, 2), other=3).plus(
        CategoryCounts(missing=1, counts=(0, 1), other=1)
    ) == CategoryCounts(missing=2, counts=(1, 3), other=4)


def test_other_bins_are_refused():
    with pytest.raises(ValueError, match="different bins"):
        added((1, 2), (1,))
    with pytest.raises(ValueError, match="different references"):
        window(1).plus(WindowCounts(model="churn", version=1))
    other = window(1).model_copy(
        update={"features": {"x": CategoryCounts(counts=(1,)), "k": CategoryCounts(counts=(4,))}}
    )
    with pytest.raises(ValueError, match="the other way round"):
        window(1).plus(other)
