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
    number,
    raw_features,
)
from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.adapters.training.forest import read_forest
from tideline.adapters.training.lightgbm_trainer import LightGbmModel, LightGbmTrainer
from tideline.domain.encoding import Encoding, Task
from tideline.errors import TrainingImpossible

FLOAT32 = np.finfo(np.float32)


@cache
def _model(task: Task) -> tuple[LightGbmModel, OnnxScorer]:
    matrix, target = awkward_rows(task)
    encoding = awkward_encoding(task)
    model = LightGbmTrainer().train(
        matrix, target, valid=None, encoding=encoding, parameters={}, rounds=40, seed=0, threads=1
    )
    return model, OnnxScorer(model.to_onnx(encoding))


def _thresholds(model: LightGbmModel) -> dict[int, Any]:
    """Return for each number every float32 that is on a threshold or next to one."""
    places: dict[int, list[float]] = {}
    for _, tree in read_forest(model.booster.model_to_string()).trees:
        for feature, threshold in zip(
            tree.feature[~tree.is_category], tree.threshold[~tree.is_category], strict=True
        ):
            places.setdefault(int(feature), []).append(float(np.clip(threshold, FLOAT32.min, FLOAT32.max)))
    return {feature: _with_neighbours(np.float32(values)) for feature, values in places.items()}


def _with_neighbours(values: Any) -> Any:
    below, above = (np.nextafter(values, np.float32(to)) for to in (-np.inf, np.inf))
    return np.unique(np.concatenate([below, values, above]))


def _assert_same(matrix: Any, task: Task) -> None:
    model, scorer = _model(task)
    answer = scorer.predict(raw_features(matrix, awkward_encoding(task)))
    np.testing.assert_allclose(answer, model.predict_raw(matrix), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("task", TASKS)
def test_rows_on_and_beside_every_threshold_go_the_same_way(task: Task) -> None:
    base, _ = awkward_rows(task, n=20, seed=7)
    thresholds = _thresholds(_model(task)[0])
    assert {0, 1, 7} <= set(thresholds)
    for feature, values in thresholds.items():
        rows = np.repeat(base, len(values), axis=0)
        rows[:, feature] = np.tile(values, len(base))
        _assert_same(rows, task)


@pytest.mark.parametrize("task", TASKS)
def test_every_category_and_a_missing_one_go_the_same_way(task: Task) -> None:
    rows = np.repeat(awkward_rows(task, n=10)[0], COLOURS + 1, axis=0)
    rows[:, 2] = np.tile([*range(COLOURS), np.nan], 10)
    _assert_same(rows, task)


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


@pytest.mark.parametrize("task", TASKS)
def test_missing_where_training_saw_none_is_what_lightgbm_takes_it_for(task: Task) -> None:
    matrix, _ = awkward_rows(task, n=200)
    matrix[:, [1, 3, 7]] = np.nan
    _assert_same(matrix, task)


EXTREMES = [0.0, -0.0, 1e-35, -1e-35, 1e-36, float(FLOAT32.max), float(FLOAT32.min), float(FLOAT32.tiny)]
numbers = st.one_of(
    st.floats(width=32, allow_nan=True, allow_infinity=False),
    st.sampled_from([float(np.float32(value)) for value in EXTREMES]),
    st.floats(-10, 10, width=32),
)
codes = st.one_of(st.just(float("nan")), st.integers(0, COLOURS - 1).map(float))
void = st.just(float("nan"))
single = st.sampled_from([0.0, float("nan")])
rows = st.tuples(numbers, numbers, codes, numbers, numbers, void, single, numbers)


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(rows, min_size=1, max_size=20))
def test_any_float32_row_gets_the_same_answer(task: Task, drawn: list[Any]) -> None:
    _assert_same(np.array(drawn, dtype=np.float32), task)


def test_splits_beside_zero_agree_with_lightgbm_that_reads_tiny_numbers_as_zero() -> None:
    tiny = np.float32([-3e-35, -1e-35, -5e-36, 0, 5e-36, 1e-35, 3e-35])
    matrix = np.tile(tiny, 100)[:, None]
    encoding = Encoding(task="regression", features=(number("x"),))
    model = LightGbmTrainer().train(
        matrix,
        np.sign(matrix[:, 0]) * (np.abs(matrix[:, 0]) > 2e-35),
        valid=None,
        encoding=encoding,
        parameters={"min_data_in_leaf": 5, "min_data_in_bin": 1},
        rounds=20,
        seed=0,
        threads=1,
    )
    raw = model.predict_raw(tiny[:, None])
    assert np.ptp(raw) > 0.5
    answer = OnnxScorer(model.to_onnx(encoding)).predict({"x": tiny})
    np.testing.assert_allclose(answer, raw, atol=1e-6)


def test_a_target_of_millions_keeps_the_precision_of_float32() -> None:
    matrix, target = awkward_rows("regression")
    encoding = awkward_encoding("regression")
    model = LightGbmTrainer().train(
        matrix,
        target * 1e6 + 5e6,
        valid=None,
        encoding=encoding,
        parameters={},
        rounds=600,
        seed=0,
        threads=1,
    )
    answer = OnnxScorer(model.to_onnx(encoding)).predict(raw_features(matrix, encoding))
    np.testing.assert_allclose(answer, model.predict_raw(matrix), rtol=1e-7)


@pytest.mark.parametrize("task", TASKS)
def test_the_file_passes_the_checker_and_carries_only_its_format(task: Task) -> None:
    encoding = awkward_encoding(task)
    artifact = onnx.load_from_string(_model(task)[0].to_onnx(encoding))
    onnx.checker.check_model(artifact, full_check=True)
    assert [(p.key, p.value) for p in artifact.metadata_props] == [("format", "1")]
    assert tuple(i.name for i in artifact.graph.input) == encoding.names
    assert [o.name for o in artifact.graph.output] == ["value" if task == "regression" else "probabilities"]


def test_a_feature_named_as_the_output_is_refused() -> None:
    encoding = Encoding(task="regression", features=(number("value"),))
    matrix = np.arange(100, dtype=np.float32)[:, None]
    model = LightGbmTrainer().train(
        matrix, matrix[:, 0], valid=None, encoding=encoding, parameters={}, rounds=2, seed=0, threads=1
    )
    with pytest.raises(TrainingImpossible, match="'value'"):
        model.to_onnx(encoding)
