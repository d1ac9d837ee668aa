"""Both trainers on real data: the artifact answers as its trainer does, and the trees learn something."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.adapters.training.samples import encode, infer_encoding, raw_features, shared_rows
from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.adapters.training.lightgbm_trainer import LightGbmTrainer
from tideline.adapters.training.linear_trainer import LinearTrainer
from tideline.domain.encoding import Encoding

pytestmark = pytest.mark.data

TRAINERS = pytest.mark.parametrize("trainer", [LightGbmTrainer(), LinearTrainer()])


def _answers(trainer: Any, encoding: Encoding, fit: Any, target: Any, rest: Any) -> tuple[Any, Any]:
    """Train on `fit`, and return on `rest` the trainer's answers and the artifact's."""
    model = trainer.train(
        fit, target, valid=None, encoding=encoding, parameters={}, rounds=80, seed=0, threads=1
    )
    artifact = OnnxScorer(model.to_onnx(encoding)).predict(raw_features(rest, encoding))
    return model.predict_raw(rest), artifact


def _loss(probabilities: Any, target: Any) -> float:
    return float(-np.log(probabilities[np.arange(len(target)), target.astype(int)]).mean())


@TRAINERS
def test_adult_with_categories_and_missing_values(trainer: Any) -> None:
    train, test = shared_rows("adult/adult_train.csv"), shared_rows("adult/adult_test.csv")
    names = [name for name in train[0] if name != "income"]
    encoding = infer_encoding(train, names=names, task="binary", classes=("<=50K", ">50K"))
    target, truth = (np.float32([r["income"].startswith(">") for r in rows]) for rows in (train, test))
    raw, answer = _answers(
        trainer, encoding, encode(train[:10000], encoding), target[:10000], encode(test, encoding)
    )
    np.testing.assert_allclose(answer, raw, atol=2e-6)
    assert _loss(raw, truth) < 0.34


@TRAINERS
def test_adult_with_more_than_two_classes(trainer: Any) -> None:
    train = shared_rows("adult/adult_train.csv")
    classes = tuple(sorted({row["relationship"] for row in train}))
    names = [name for name in train[0] if name != "relationship"]
    encoding = infer_encoding(train, names=names, task="multiclass", classes=classes)
    target = np.float32([classes.index(row["relationship"]) for row in train])
    matrix = encode(train, encoding)
    raw, answer = _answers(trainer, encoding, matrix[:4000], target[:4000], matrix[4000:9000])
    np.testing.assert_allclose(answer, raw, atol=2e-6)


@TRAINERS
def test_electricity_in_order_of_time(trainer: Any) -> None:
    rows = shared_rows("electricity/elec.csv")
    names = [name for name in rows[0] if name != "class"]
    encoding = infer_encoding(rows, names=names, task="binary", classes=("0", "1"))
    labels = sorted({row["class"] for row in rows})
    target = np.float32([labels.index(row["class"]) for row in rows])
    matrix = encode(rows, encoding)
    raw, answer = _answers(trainer, encoding, matrix[:10000], target[:10000], matrix[10000:20000])
    np.testing.assert_allclose(answer, raw, atol=2e-6)


@TRAINERS
def test_bike_sharing_counts(trainer: Any) -> None:
    rows = shared_rows("bike-sharing/hour.csv")
    names = [n for n in rows[0] if n not in {"cnt", "casual", "registered", "instant", "dteday"}]
    encoding = infer_encoding(rows, names=names, task="regression")
    target = np.float32([float(row["cnt"]) for row in rows])
    matrix = encode(rows, encoding)
    raw, answer = _answers(trainer, encoding, matrix[:12000], target[:12000], matrix[12000:])
    np.testing.assert_allclose(answer, raw, rtol=1e-7, atol=1e-4)
    assert np.corrcoef(raw[:, 0], target[12000:])[0, 1] > 0.25
