from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tideline.domain.contract.spec import ModelSpec
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.evaluation.inspection.overlap import overlap_warnings, overlapping_rows
from tideline.domain.training.matrix import encode_matrix


def encoding_of(vocabulary: tuple[str, ...] = ("a", "b")) -> Encoding:
    plan = FeatureEncoding(name="plan", type="category", vocabulary=vocabulary)
    return Encoding(task="regression", features=(FeatureEncoding(name="age", type="number"), plan))


def columns(rows: list[tuple[Any, str]]) -> dict[str, Any]:
    return {
        "age": np.array([age for age, _ in rows], np.float32),
        "plan": np.array([plan for _, plan in rows], np.str_),
    }


def count(held: list[Any], trained: list[Any], *, encoding: Encoding | None = None) -> int:
    """Each row is (age, plan, y)."""
    encoding = encoding or encoding_of()
    x = encode_matrix(columns([row[:2] for row in trained]), encoding)
    y = np.array([row[2] for row in trained], np.float32)
    return overlapping_rows(
        columns([row[:2] for row in held]),
        np.array([row[2] for row in held], np.float32),
        training=[(x[:1], y[:1]), (x[1:], y[1:])],
        encoding=encoding,
    )


ROW = (1.5, "a", 3.0)


@pytest.mark.parametrize(
    ("trained", "equal"),
    [
        (ROW, 1),
        ((1.5000001, "a", 3.0), 0),
        ((1.5, "b", 3.0), 0),
        ((1.5, "a", 3.5), 0),
        ((np.nan, "a", 3.0), 0),
    ],
)
def test_a_row_is_one_that_is_equal_in_everything(trained, equal) -> None:
    assert count([ROW], [(9, "b", 9), trained]) == equal


def test_missing_values_equal_each_other_and_so_do_the_two_zeros() -> None:
    assert count([(np.nan, "", 1), (-0.0, "a", 0.0)], [(-np.nan, "", 1), (0.0, "a", -0.0)]) == 2


def test_holdout_rows_are_counted_each_and_training_rows_once() -> None:
    assert count([ROW, ROW, (2, "a", 3)], [ROW, ROW, ROW, (9, "a", 9)]) == 2


def test_categories_beyond_the_vocabulary_equal_nothing() -> None:
    assert count([(1, "c", 1)], [(1, "d", 1), (1, "", 1)]) == 0


def test_with_a_full_vocabulary_a_missing_category_cannot_be_told_from_a_rare_one() -> None:
    full = encoding_of(tuple(f"v{n}" for n in range(255)))
    assert count([(1, "", 1), (1, "v9", 1)], [(1, "rare", 1), (1, "v9", 1)], encoding=full) == 1


CELL = st.tuples(st.sampled_from([np.nan, 0.0, 1.0]), st.sampled_from(["", "a", "b"]), st.integers(0, 1))


# A machine that is busy elsewhere is no fault of the strategy.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(held=st.lists(CELL, min_size=1, max_size=20), trained=st.lists(CELL, min_size=1, max_size=20))
def test_the_count_is_that_of_a_comparison_row_by_row(held, trained) -> None:
    known = {str(row) for row in trained}
    assert count(held, trained) == sum(str(row) in known for row in held)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_rows_that_swap_their_values_do_not_meet(seed) -> None:
    random = np.random.default_rng(seed)
    encoding = Encoding(
        task="regression", features=tuple(FeatureEncoding(name=n, type="number") for n in "ab")
    )
    a, b = np.sort(random.normal(size=(2, 50)).astype(np.float32), axis=0)
    y = np.ones(50, np.float32)
    x = np.column_stack([b, a])
    assert overlapping_rows({"a": a, "b": b}, y, training=[(x, y)], encoding=encoding) == 0
    assert overlapping_rows({"a": b, "b": a}, y, training=[(x, y)], encoding=encoding) == 50


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ({}, "which a split by the hash of the features rules out"),
        ({"entity": "id"}, "the split is by 'id', so they belong to other entities that look the same"),
        ({"time": "at", "entity": "id"}, "the split is by 'at', so they may be other events"),
    ],
)
def test_what_it_means_depends_on_the_split(split, words) -> None:
    spec = ModelSpec(model="ebb", task="regression", target="y", features={"a": {"type": "number"}}, **split)
    (told,) = overlap_warnings(1_234, rows=5_000, spec=spec)
    assert told.startswith("1,234 of 5,000 holdout rows equal training rows in every feature and the target")
    assert words in told
    assert overlap_warnings(0, rows=5_000, spec=spec) == ()
