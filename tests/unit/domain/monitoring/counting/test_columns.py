from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.unit.domain.monitoring.samples import counted, profile
from tideline.domain.monitoring.counting import columns
from tideline.domain.monitoring.counting.columns import (
    count_categories,
    count_latencies,
    count_numbers,
    count_scores,
    percentile_ms,
)
from tideline.domain.monitoring.counting.counts import LATENCY_EDGES_MS, SCORE_BINS, merged
from tideline.domain.training.profile import NumberProfile, profile_categories, profile_numbers

FINITE = st.one_of(
    st.sampled_from([0.0, 1.0, 2.0, -1.0]), st.floats(-(2.0**99), 2.0**99, width=32, allow_subnormal=False)
)
NUMBERS = arrays(np.float32, st.integers(1, 60), elements=st.one_of(FINITE, st.just(np.nan)))
TEXTS = st.lists(st.sampled_from([None, "a", "b", "c", "new"]), max_size=40)


def one_by_one(against: NumberProfile, values: np.ndarray) -> dict[str, object]:
    """The definition, in words: the first edge that is not smaller, else the last bin."""
    counts, below, above, missing = [0] * max(1, len(against.counts)), 0, 0, 0
    for value in values:
        if np.isnan(value):
            missing += 1
            continue
        counts[next((at for at, edge in enumerate(against.edges) if value <= edge), len(counts) - 1)] += 1
        below += against.min is not None and value < against.min
        above += against.max is not None and value > against.max
    return {"missing": missing, "below": below, "above": above, "counts": tuple(counts)}


@given(NUMBERS, NUMBERS)
def test_numbers_fall_in_the_bin_whose_upper_bound_they_do_not_exceed(reference, values):
    against = profile_numbers(reference)
    assert count_numbers(against, values).model_dump(exclude={"kind"}) == one_by_one(against, values)


@given(NUMBERS)
def test_the_reference_itself_is_counted_as_its_profile_says(reference):
    against = profile_numbers(reference)
    found = count_numbers(against, reference)
    assert found.counts == (against.counts or (0,))
    assert (found.missing, found.below, found.above) == (against.missing, 0, 0)


@settings(max_examples=50)
@given(NUMBERS, NUMBERS, st.integers(0, 60), st.integers(1, 8))
def test_parts_add_up_to_the_whole_however_it_is_cut_and_blocked(reference, values, cut, block):
    against = profile_numbers(reference)
    whole = count_numbers(against, values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "_BLOCK", block)
        parts = [count_numbers(against, part) for part in (values[cut:], values[:cut])]
    assert parts[0].plus(parts[1]) == whole


@given(TEXTS, TEXTS, st.integers(0, 40))
def test_parts_of_texts_add_up_to_the_whole(reference, values, cut):
    against = profile(reference)
    parts = [counted(against, values[cut:]), counted(against, values[:cut])]
    assert parts[0].plus(parts[1]) == counted(against, values)


def test_more_rows_than_a_block_are_all_counted():
    values = np.random.default_rng(1).normal(size=150_000).astype(np.float32)
    against = profile_numbers(values[:1000])
    found = count_numbers(against, values)
    inner = [-np.inf, *against.edges[:-1]]
    expected = [
        int(((values > low) & (values <= high)).sum()) for low, high in zip(inner, against.edges, strict=True)
    ]
    assert list(found.counts[:-1]) == expected
    assert sum(found.counts) == 150_000


def test_where_the_reference_has_no_value_nothing_is_beyond_it():
    against = profile_numbers(np.full(5, np.nan, dtype=np.float32))
    found = count_numbers(against, np.array([1, np.nan, -3], dtype=np.float32))
    assert (found.counts, found.missing, found.below, found.above) == ((2,), 1, 0, 0)


def test_what_is_too_large_for_a_model_is_above_the_reference():
    against = profile_numbers(np.arange(10, dtype=np.float32))
    found = count_numbers(against, np.array([1e300, -1e300, np.inf]))
    assert (found.above, found.below, sum(found.counts)) == (2, 1, 3)


def test_counting_leaves_the_column_as_it_was():
    values = np.array([3, 1, 2], dtype=np.float32)
    count_numbers(profile_numbers(values), values)
    assert values.tolist() == [3, 1, 2]


def test_values_that_the_reference_does_not_count_are_others():
    against = profile_categories({"a": 5, "b": 3}, count=10, missing=1, distinct=3)
    found = count_categories(against, {"b": 2, "new": 4}, missing=7)
    assert (found.counts, found.other, found.missing) == ((0, 2), 4, 7)


def test_scores_fall_in_uniform_bins_of_which_the_last_holds_one():
    found = count_scores(
        np.array([0.0, 0.0004, 0.5, 1.0, 1.0000001, np.nan]), np.array([0, 0, 1, 1, 1, 1], bool)
    )
    assert (found.scores[0], found.scores[500], found.scores[-1], sum(found.scores)) == (2, 1, 2, 5)
    assert (found.named[0], found.named[500], found.named[-1]) == (0, 1, 2)
    assert len(found.scores) == SCORE_BINS


def test_percentiles_are_upper_bounds_that_so_many_calls_did_not_exceed():
    latencies = count_latencies([0.1, 0.5, 0.51, 100.0])
    assert percentile_ms(latencies, 0.5) == 0.5
    assert percentile_ms(latencies, 0.75) == LATENCY_EDGES_MS[1]
    assert 100 <= percentile_ms(latencies, 0.99) <= 120


def test_beyond_the_last_bound_a_percentile_is_that_bound():
    assert percentile_ms(count_latencies([1e9]), 0.5) == LATENCY_EDGES_MS[-1]


def test_without_calls_there_is_no_percentile():
    assert percentile_ms(count_latencies([]), 0.99) is None


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=50), st.floats(0.01, 0.99))
def test_a_percentile_is_at_most_a_fifth_above_the_true_one(latencies, share):
    true = float(np.quantile(latencies, share, method="inverted_cdf"))
    told = percentile_ms(count_latencies(latencies), share)
    if LATENCY_EDGES_MS[0] < true <= LATENCY_EDGES_MS[-1]:
        assert true <= told <= true * 2**0.25 * (1 + 1e-12)


@pytest.mark.parametrize("parts", [1, 7])
def test_windows_merge_to_the_same_whole_in_any_order(parts):
    from tests.unit.domain.monitoring.samples import reference, window

    random = np.random.default_rng(3)
    columns = {"n": random.normal(size=700), "k": random.choice(["a", "b"], 700).tolist()}
    scores = random.random(700)
    against = reference(columns, outputs={"yes": scores})
    whole = window(against, columns, outputs={"yes": scores})
    cuts = np.array_split(np.arange(700), parts)
    pieces = [
        window(
            against,
            {"n": columns["n"][cut], "k": [columns["k"][at] for at in cut]},
            outputs={"yes": scores[cut]},
        )
        for cut in cuts
    ]
    assert merged(pieces) == whole == merged(reversed(pieces))
