from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests.unit.adapters.training.samples import (
    ROOT,
    TASKS,
    awkward_encoding,
    awkward_rows,
    category,
    raw_features,
)
from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.adapters.training.lightgbm_trainer import MAX_ROUNDS, LightGbmModel, LightGbmTrainer
from tideline.domain.encoding import Encoding, Task
from tideline.errors import TrainingImpossible


def _train(task: Task, *, parameters=None, rounds: int | None = 20, seed: int = 3, early: bool = False):
    matrix, target = awkward_rows(task)
    fit, valid = (slice(0, 1000), slice(1000, None)) if early else (slice(None), None)
    return LightGbmTrainer(patience_rounds=10).train(
        matrix[fit],
        target[fit],
        valid=(matrix[valid], target[valid]) if valid else None,
        encoding=awkward_encoding(task),
        parameters=parameters or {},
        rounds=rounds,
        seed=seed,
        threads=1,
    )


@pytest.mark.parametrize("task", TASKS)
def test_training_stops_early_and_carries_the_validation_predictions(task: Task) -> None:
    model = _train(task, rounds=None, early=True)
    matrix, _ = awkward_rows(task)
    assert 1 < model.rounds < MAX_ROUNDS
    assert model.validation is not None
    np.testing.assert_array_equal(model.validation, model.predict_raw(matrix[1000:]))


@pytest.mark.parametrize("task", TASKS)
def test_the_artifact_of_an_early_stopped_model_uses_the_best_rounds_only(task: Task) -> None:
    model = _train(task, rounds=None, early=True)
    _assert_parity(model, task)


@pytest.mark.parametrize("task", TASKS)
def test_without_validation_rows_training_takes_exactly_the_rounds_given(task: Task) -> None:
    model = _train(task, rounds=17)
    assert model.rounds == 17
    assert model.validation is None
    _assert_parity(model, task)


def test_without_validation_rows_and_rounds_nothing_is_trained() -> None:
    with pytest.raises(TrainingImpossible, match="number of rounds"):
        _train("binary", rounds=None)


def test_the_same_data_parameters_and_seed_give_the_same_bytes() -> None:
    parameters = {"bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.5}
    encoding = awkward_encoding("binary")
    first = _train("binary", parameters=parameters).to_onnx(encoding)
    assert first == _train("binary", parameters=parameters).to_onnx(encoding)
    assert first != _train("binary", parameters=parameters, seed=4).to_onnx(encoding)


def test_two_threads_give_the_same_bytes_every_time() -> None:
    matrix, target = awkward_rows("regression", n=4000)
    encoding = awkward_encoding("regression")
    artifacts = {
        LightGbmTrainer()
        .train(matrix, target, valid=None, encoding=encoding, parameters={}, rounds=10, seed=1, threads=2)
        .to_onnx(encoding)
        for _ in range(3)
    }
    assert len(artifacts) == 1


@pytest.mark.parametrize(
    "name", ["objective", "zero_as_missing", "linear_tree", "boosting", "num_iterations"]
)
def test_parameters_that_change_what_a_tree_means_are_refused(name: str) -> None:
    with pytest.raises(TrainingImpossible, match=name):
        _train("binary", parameters={name: 1})


def test_a_senseless_parameter_value_is_a_typed_error() -> None:
    with pytest.raises(TrainingImpossible, match="num_leaves"):
        _train("binary", parameters={"num_leaves": 1})


@pytest.mark.parametrize("task", TASKS)
def test_data_without_anything_to_learn_gives_a_constant_model(task: Task) -> None:
    _, target = awkward_rows(task)
    matrix = np.full((len(target), 8), np.nan, np.float32)
    model = LightGbmTrainer().train(
        matrix,
        target,
        valid=(matrix, target),
        encoding=awkward_encoding(task),
        parameters={},
        rounds=None,
        seed=0,
        threads=1,
    )
    raw = model.predict_raw(matrix)
    expected = target.mean() if task == "regression" else np.bincount(target.astype(int)) / len(target)
    np.testing.assert_allclose(raw[0], expected, rtol=1e-5)
    _assert_parity(model, task)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_a_target_of_one_class_gives_finite_probabilities(task: Task) -> None:
    matrix, _ = awkward_rows(task)
    model = LightGbmTrainer().train(
        matrix,
        np.ones(len(matrix), np.float32),
        valid=None,
        encoding=awkward_encoding(task),
        parameters={},
        rounds=5,
        seed=0,
        threads=1,
    )
    assert model.predict_raw(matrix)[:, 1].min() > 0.999
    _assert_parity(model, task)


def test_a_category_of_thousands_of_values_trains_and_converts() -> None:
    random = np.random.default_rng(0)
    codes = random.integers(0, 3000, 20000)
    encoding = Encoding(
        task="regression", features=(category("post code", *(f"{code:05}" for code in range(3000))),)
    )
    matrix = codes[:, None].astype(np.float32)
    target = np.sin(codes).astype(np.float32)
    model = LightGbmTrainer().train(
        matrix,
        target,
        valid=None,
        encoding=encoding,
        parameters={"min_data_per_group": 5, "cat_smooth": 1},
        rounds=30,
        seed=0,
        threads=1,
    )
    raw = model.predict_raw(matrix)
    assert np.corrcoef(raw[:, 0], target)[0, 1] > 0.5
    answer = OnnxScorer(model.to_onnx(encoding)).predict(raw_features(matrix, encoding))
    np.testing.assert_allclose(answer, raw, atol=1e-6)


def test_native_categories_learn_what_codes_as_numbers_do_not() -> None:
    matrix, target = awkward_rows("binary", n=3000)
    native = awkward_encoding("binary")
    as_numbers = native.model_copy(
        update={
            "features": tuple(
                f.model_copy(update={"type": "number", "vocabulary": ()}) for f in native.features
            )
        }
    )
    losses = {}
    for name, encoding in (("native", native), ("numbers", as_numbers)):
        model = LightGbmTrainer().train(
            matrix[:2000],
            target[:2000],
            valid=(matrix[2000:], target[2000:]),
            encoding=encoding,
            parameters={"min_data_per_group": 20, "num_leaves": 8},
            rounds=None,
            seed=0,
            threads=1,
        )
        assert model.validation is not None
        hit = model.validation[np.arange(1000), target[2000:].astype(int)]
        losses[name] = -np.log(hit).mean()
    assert losses["native"] < losses["numbers"]


@pytest.mark.parametrize("module", ["lightgbm_trainer", "linear_trainer"])
def test_importing_a_trainer_imports_no_onnx(module: str) -> None:
    code = (
        f"import sys, tideline.adapters.training.{module}\n"
        "sys.exit(', '.join({'onnx', 'onnxruntime', 'pandas', 'sklearn'} & set(sys.modules)) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "functions")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr.strip(), done.returncode) == ("", 0)


def _assert_parity(model: LightGbmModel, task: Task) -> None:
    encoding = awkward_encoding(task)
    matrix, _ = awkward_rows(task, n=3000, seed=5)
    answer = OnnxScorer(model.to_onnx(encoding)).predict(raw_features(matrix, encoding))
    np.testing.assert_allclose(answer, model.predict_raw(matrix), atol=1e-6, rtol=1e-6)
