from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from tests.unit.adapters.training.samples import TASKS, awkward_encoding, awkward_rows, category, number
from tideline.adapters.training.linear_design import design_columns, layout_of, scaling_of
from tideline.adapters.training.linear_trainer import BATCH_ROWS, LinearModel, LinearTrainer
from tideline.domain.encoding import Encoding, Task
from tideline.errors import TrainingImpossible


def _train(matrix: Any, target: Any, encoding: Encoding, *, valid=None, **parameters: Any) -> LinearModel:
    return LinearTrainer().train(
        matrix,
        target,
        valid=valid,
        encoding=encoding,
        parameters=parameters,
        rounds=None,
        seed=0,
        threads=1,
    )


def _design(matrix: Any, encoding: Encoding) -> Any:
    layout = layout_of(encoding)
    return design_columns(matrix, layout, scaling_of(matrix, layout)).toarray()


def test_columns_are_standard_numbers_missing_indicators_and_one_hot_levels() -> None:
    encoding = Encoding(
        task="regression", features=(category("c", "x", "y"), number("n"), category("d", "z"))
    )
    matrix = np.float32([[0, 1, 0], [np.nan, np.nan, 0], [1, 3, np.nan]])
    expected = [
        [-1, 0, 0, 1, 0, 0, 1],
        [0, 1, 1, 0, 0, 0, 1],
        [1, 0, 0, 0, 1, 1, 0],
    ]
    np.testing.assert_array_equal(_design(matrix, encoding), expected)


@pytest.mark.parametrize("l2", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_probabilities_are_those_of_scikit_learn(task: Task, l2: float) -> None:
    matrix, target = awkward_rows(task, n=500)
    encoding = awkward_encoding(task)
    design = _design(matrix, encoding)
    peer = LogisticRegression(C=1 / l2, tol=1e-8, max_iter=2000).fit(design, target)
    model = _train(matrix, target, encoding, l2=l2)
    np.testing.assert_allclose(model.predict_raw(matrix), peer.predict_proba(design), atol=1e-4)


@pytest.mark.parametrize("l2", [0.1, 1.0, 30.0])
def test_values_are_those_of_scikit_learn(l2: float) -> None:
    matrix, target = awkward_rows("regression")
    encoding = awkward_encoding("regression")
    design = _design(matrix, encoding)
    peer = Ridge(alpha=l2).fit(design, target.astype(np.float64))
    model = _train(matrix, target, encoding, l2=l2)
    np.testing.assert_allclose(model.predict_raw(matrix)[:, 0], peer.predict(design), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("task", TASKS)
def test_validation_rows_are_predicted_but_not_fitted(task: Task) -> None:
    matrix, target = awkward_rows(task)
    encoding = awkward_encoding(task)
    fit, valid = slice(0, 1000), slice(1000, None)
    model = _train(matrix[fit], target[fit], encoding, valid=(matrix[valid], target[valid]))
    alone = _train(matrix[fit], target[fit], encoding)
    assert model.validation is not None
    np.testing.assert_array_equal(model.validation, alone.predict_raw(matrix[valid]))
    assert alone.validation is None
    assert model.rounds > 1


@pytest.mark.parametrize("task", TASKS)
def test_the_same_data_give_the_same_bytes(task: Task) -> None:
    matrix, target = awkward_rows(task)
    encoding = awkward_encoding(task)
    first, second = (_train(matrix, target, encoding).to_onnx(encoding) for _ in range(2))
    assert first == second


def test_constant_and_empty_columns_get_no_say() -> None:
    matrix, target = awkward_rows("binary")
    encoding = awkward_encoding("binary")
    model = _train(matrix, target, encoding)
    other = matrix.copy()
    other[:, 3] = 1e6
    other[:, 4] = -1e6
    np.testing.assert_allclose(model.predict_raw(other), model.predict_raw(matrix), atol=1e-6)


def test_missing_numbers_have_a_weight_of_their_own() -> None:
    matrix, _ = awkward_rows("regression")
    target = np.isnan(matrix[:, 0]).astype(np.float32)
    model = _train(matrix, target, awkward_encoding("regression"), l2=1e-6)
    np.testing.assert_allclose(model.predict_raw(matrix)[:, 0], target, atol=1e-3)


def test_categories_alone_are_enough() -> None:
    codes = np.arange(1000) % 3000
    encoding = Encoding(task="regression", features=(category("code", *map(str, range(3000))),))
    model = _train(codes[:, None].astype(np.float32), codes.astype(np.float32), encoding, l2=1e-3)
    np.testing.assert_allclose(model.predict_raw(np.float32([[10], [900]])), [[10], [900]], atol=1)


def test_a_class_that_never_occurs_gets_next_to_nothing() -> None:
    matrix, _ = awkward_rows("multiclass")
    model = _train(matrix, np.zeros(len(matrix), np.float32), awkward_encoding("multiclass"))
    assert model.predict_raw(matrix)[:, 0].min() > 0.999


def test_more_rows_than_a_batch_are_predicted_alike() -> None:
    matrix, target = awkward_rows("binary", n=100)
    model = _train(matrix, target, awkward_encoding("binary"))
    many = np.resize(matrix, (BATCH_ROWS + 7, 8))
    many[-1] = matrix[3]
    np.testing.assert_allclose(model.predict_raw(many)[-1], model.predict_raw(matrix)[3], rtol=1e-6)


@pytest.mark.parametrize("value", [0, -1, "1", True, float("nan"), float("inf")])
def test_a_penalty_that_is_no_positive_number_is_refused(value: Any) -> None:
    matrix, target = awkward_rows("binary", n=50)
    with pytest.raises(TrainingImpossible, match="'l2'"):
        _train(matrix, target, awkward_encoding("binary"), l2=value)


def test_an_unknown_parameter_is_refused_with_those_there_are() -> None:
    matrix, target = awkward_rows("binary", n=50)
    with pytest.raises(TrainingImpossible, match="'C'; it takes l2"):
        _train(matrix, target, awkward_encoding("binary"), C=1)
