from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.adapters.training.samples import (
    COLOURS,
    TASKS,
    awkward_encoding,
    awkward_rows,
    category,
    number,
    raw_features,
)
from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.adapters.training.linear_trainer import LinearModel, LinearTrainer
from tideline.domain.encoding import Encoding, Task


def _train(matrix: Any, target: Any, encoding: Encoding) -> LinearModel:
    return LinearTrainer().train(
        matrix, target, valid=None, encoding=encoding, parameters={}, rounds=None, seed=0, threads=1
    )


@cache
def _model(task: Task) -> tuple[LinearModel, OnnxScorer]:
    matrix, target = awkward_rows(task)
    encoding = awkward_encoding(task)
    model = _train(matrix, target, encoding)
    return model, OnnxScorer(model.to_onnx(encoding))


numbers = st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6, width=32), st.just(1e30))
codes = st.one_of(st.just(float("nan")), st.integers(0, COLOURS - 1).map(float))
void = st.just(float("nan"))
single = st.sampled_from([0.0, float("nan")])
rows = st.tuples(numbers, numbers, codes, numbers, numbers, void, single, numbers)


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(rows, min_size=1, max_size=20))
def test_any_row_gets_the_same_answer(task: Task, drawn: list[Any]) -> None:
    model, scorer = _model(task)
    matrix = np.array(drawn, dtype=np.float32)
    answer = scorer.predict(raw_features(matrix, awkward_encoding(task)))
    np.testing.assert_allclose(answer, model.predict_raw(matrix), atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("task", TASKS)
def test_an_unseen_category_is_a_missing_one(task: Task) -> None:
    encoding = awkward_encoding(task)
    matrix, _ = awkward_rows(task, n=50)
    matrix[:, [2, 5, 6]] = np.nan
    _, scorer = _model(task)
    np.testing.assert_array_equal(
        scorer.predict(raw_features(matrix, encoding)),
        scorer.predict(raw_features(matrix, encoding, missing="a colour nobody knows")),
    )


def test_numbers_far_from_zero_keep_their_differences() -> None:
    matrix = np.float32(1e9) + 64 * np.arange(200, dtype=np.float32)[:, None]
    target = (matrix[:, 0] - np.float32(1e9)) / 64
    encoding = Encoding(task="regression", features=(number("at"),))
    model = _train(matrix, target, encoding)
    answer = OnnxScorer(model.to_onnx(encoding)).predict({"at": matrix[:, 0]})
    np.testing.assert_allclose(answer, model.predict_raw(matrix), rtol=1e-6, atol=1e-6)
    assert np.ptp(answer) > 190


@pytest.mark.parametrize(
    "features", [(number("a"),), (category("a", "x", "y"),), (category("a", "x", "y"), category("b", "y"))]
)
@pytest.mark.parametrize("task", TASKS)
def test_numbers_alone_and_categories_alone_convert(task: Task, features: Any) -> None:
    encoding = Encoding(task=task, features=features, classes=awkward_encoding(task).classes)
    matrix = (np.arange(60).reshape(-1, 1) % 2 * np.ones(len(features))).astype(np.float32)
    if len(features) > 1:
        matrix[:, 1] = 0
    matrix[::7, 0] = np.nan
    model = _train(matrix, np.arange(60, dtype=np.float32) % 3 % max(len(encoding.classes), 2), encoding)
    artifact = model.to_onnx(encoding)
    onnx.checker.check_model(onnx.load_from_string(artifact), full_check=True)
    answer = OnnxScorer(artifact).predict(raw_features(matrix, encoding))
    np.testing.assert_allclose(answer, model.predict_raw(matrix), atol=1e-7)
