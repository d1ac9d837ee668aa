"""LightGBM's own TreeSHAP is the measure; `explain` itself holds the sums against the artifact's answers."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.adapters.training.samples import (
    TASKS,
    awkward_encoding,
    awkward_rows,
    encode,
    infer_encoding,
    number,
    raw_features,
    shared_rows,
)
from tests.unit.explaining.samples import (
    artifact_answers,
    as_array,
    explanation_of,
    forest,
    inputs_of,
    lightgbm_contributions,
)
from tideline.adapters.training.forest import read_forest
from tideline.domain.encoding import Encoding, Task
from tideline.explaining.forest import _shapley


@cache
def _trained(task: Task, **parameters: Any) -> Any:
    matrix, target = awkward_rows(task)
    return forest(matrix, target, awkward_encoding(task), **parameters)


def _assert_same(model: Any, encoding: Encoding, matrix: Any, *, tolerance: float = 1e-9) -> None:
    answers = artifact_answers(model, encoding, raw_features(matrix, encoding))
    explained = explanation_of(model, encoding).explain(inputs_of(matrix, encoding), answers)
    expected = lightgbm_contributions(model, matrix)
    np.testing.assert_allclose(as_array(explained, encoding), expected, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("leaves", [2, 31, 255])
def test_contributions_are_those_of_lightgbm(task: Task, leaves: int) -> None:
    model = _trained(task, num_leaves=leaves, min_data_in_leaf=3)
    rows, _ = awkward_rows(task, n=25, seed=5)
    _assert_same(model, awkward_encoding(task), rows)


@pytest.mark.parametrize("task", TASKS)
def test_missing_where_training_saw_none_is_what_lightgbm_takes_it_for(task: Task) -> None:
    rows, _ = awkward_rows(task, n=20)
    rows[:, [1, 2, 3, 6, 7]] = np.nan
    _assert_same(_trained(task), awkward_encoding(task), rows)


@pytest.mark.parametrize("task", TASKS)
def test_an_unseen_category_is_a_missing_one(task: Task) -> None:
    encoding, model = awkward_encoding(task), _trained(task)
    rows, _ = awkward_rows(task, n=5)
    rows[:, [2, 6]] = np.nan
    answers = artifact_answers(model, encoding, raw_features(rows, encoding))
    explanation = explanation_of(model, encoding)
    unseen = explanation.explain(inputs_of(rows, encoding, missing="a colour nobody knows"), answers)
    assert unseen == explanation.explain(inputs_of(rows, encoding), answers)


@pytest.mark.parametrize("task", TASKS)
def test_rows_on_and_beside_thresholds_go_the_way_that_the_artifact_sends_them(task: Task) -> None:
    encoding, model = awkward_encoding(task), _trained(task)
    base, _ = awkward_rows(task, n=2, seed=3)
    for _, tree in read_forest(model.booster.model_to_string()).trees[:3]:
        for place in np.flatnonzero(~tree.is_category)[:4]:
            value = np.float32(tree.threshold[place])
            near = [np.nextafter(value, np.float32(-np.inf)), value, np.nextafter(value, np.float32(np.inf))]
            rows = np.repeat(base, 3, axis=0)
            rows[:, tree.feature[place]] = near * 2
            _assert_same(model, encoding, rows)


FLOATS = st.one_of(st.floats(width=32, allow_infinity=False), st.floats(-10, 10, width=32))
CODES = st.one_of(st.just(float("nan")), st.integers(0, 59).map(float))
VOID, SINGLE = st.just(float("nan")), st.sampled_from([0.0, float("nan")])


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=25, deadline=None)
@given(row=st.tuples(FLOATS, FLOATS, CODES, FLOATS, FLOATS, VOID, SINGLE, FLOATS))
def test_any_row_that_can_be_asked_is_explained_as_lightgbm_would(task: Task, row: Any) -> None:
    _assert_same(_trained(task), awkward_encoding(task), np.array([row], dtype=np.float32))


@pytest.mark.parametrize("task", TASKS)
def test_trees_that_never_split_leave_nothing_but_the_base(task: Task) -> None:
    encoding = awkward_encoding(task)
    matrix, target = awkward_rows(task)
    model = forest(matrix, target, encoding, rounds=3, min_data_in_leaf=5000)
    answers = artifact_answers(model, encoding, raw_features(matrix[:2], encoding))
    explained = as_array(
        explanation_of(model, encoding).explain(inputs_of(matrix[:2], encoding), answers), encoding
    )
    assert not explained[:, :, :-1].any()


def test_a_path_of_many_features_is_integrated_exactly() -> None:
    random = np.random.default_rng(4)
    matrix = random.normal(size=(4000, 40)).astype(np.float32)
    target = (matrix.sum(axis=1) + matrix[:, 0] * matrix[:, 1]).astype(np.float32)
    encoding = Encoding(task="regression", features=tuple(number(f"x{i}") for i in range(40)))
    model = forest(
        matrix, target, encoding, rounds=20, num_leaves=255, min_data_in_leaf=1, feature_fraction_bynode=0.2
    )
    _assert_same(model, encoding, matrix[:10], tolerance=1e-8)


def test_a_target_of_millions_is_explained_to_its_own_precision() -> None:
    encoding = awkward_encoding("regression")
    matrix, target = awkward_rows("regression")
    model = forest(matrix, target * 1e6 + 5e6, encoding, rounds=100)
    _assert_same(model, encoding, matrix[:20])


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 1)), min_size=1, max_size=6))
def test_a_product_game_gets_the_shapley_values_of_its_definition(players: list[tuple[bool, float]]) -> None:
    passes, share = (np.array(column)[:, None] for column in zip(*players, strict=True))
    count = len(players)
    found = _shapley(passes, share, nodes=(count + 1) // 2)[:, 0]

    def worth(coalition: tuple[int, ...]) -> float:
        return float(np.prod([players[j][0] if j in coalition else players[j][1] for j in range(count)]))

    for i in range(count):
        others = [j for j in range(count) if j != i]
        expected = sum(
            factorial(size) * factorial(count - size - 1) / factorial(count)
            * (worth((*coalition, i)) - worth(coalition))
            for size in range(count)
            for coalition in combinations(others, size)
        )  # fmt: skip
        assert found[i] == pytest.approx(expected, abs=1e-12)


@pytest.mark.data
def test_adult_is_explained_as_lightgbm_would() -> None:
    rows = shared_rows("adult/adult_train.csv")[:8000]
    names = [name for name in rows[0] if name != "income"]
    encoding = infer_encoding(rows, names=names, task="binary", classes=("<=50K", ">50K"))
    matrix = encode(rows, encoding)
    target = np.float32([row["income"].startswith(">") for row in rows])
    _assert_same(forest(matrix[:6000], target[:6000], encoding, rounds=100), encoding, matrix[6000:6100])


@pytest.mark.data
def test_adult_with_more_than_two_classes_is_explained_as_lightgbm_would() -> None:
    rows = shared_rows("adult/adult_train.csv")[:5000]
    classes = tuple(sorted({row["relationship"] for row in rows}))
    names = [name for name in rows[0] if name != "relationship"]
    encoding = infer_encoding(rows, names=names, task="multiclass", classes=classes)
    matrix = encode(rows, encoding)
    target = np.float32([classes.index(row["relationship"]) for row in rows])
    _assert_same(forest(matrix[:4000], target[:4000], encoding), encoding, matrix[4000:4050])


@pytest.mark.data
def test_bike_sharing_counts_are_explained_as_lightgbm_would() -> None:
    rows = shared_rows("bike-sharing/hour.csv")
    names = [n for n in rows[0] if n not in {"cnt", "casual", "registered", "instant", "dteday"}]
    encoding = infer_encoding(rows, names=names, task="regression")
    target = np.float32([float(row["cnt"]) for row in rows])
    matrix = encode(rows, encoding)
    model = forest(matrix[:12000], target[:12000], encoding, rounds=100, num_leaves=63)
    _assert_same(model, encoding, matrix[12000:12050])
