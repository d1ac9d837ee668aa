from __future__ import annotations

import numpy as np
import pytest

from tideline.domain.contract.spec import METRICS
from tideline.domain.evaluation.measures.floor import best_constant, constant_predictions

MOSTLY_NO = np.array([0.0] * 7 + [1.0] * 3)


def test_probabilities_are_answered_with_class_shares():
    found = best_constant("binary", metric="neg_log_loss", y_train=MOSTLY_NO, classes=2)
    assert found == pytest.approx([0.7, 0.3])


def test_f1_is_answered_with_always_yes():
    found = best_constant("binary", metric="f1", y_train=MOSTLY_NO, classes=2)
    assert found.tolist() == [0, 1]


def test_classes_that_no_training_row_has_keep_their_column():
    found = best_constant("multiclass", metric="accuracy", y_train=np.array([2.0, 2, 0]), classes=4)
    assert found == pytest.approx([1 / 3, 0, 2 / 3, 0])


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("neg_root_mean_squared_error", 4.0), ("r2", 4.0), ("neg_mean_absolute_error", 1.0)],
)
def test_squared_errors_are_answered_with_the_mean_and_absolute_ones_with_the_median(metric, expected):
    y_train = np.array([0.0, 1.0, 11.0], dtype=np.float32)
    assert best_constant("regression", metric=metric, y_train=y_train, classes=0).tolist() == [expected]


@pytest.mark.parametrize("metric", METRICS["binary"])
def test_training_rows_of_one_class_have_a_floor_for_every_metric(metric):
    found = best_constant("binary", metric=metric, y_train=np.zeros(5), classes=2)
    assert found.tolist() == [1, 0]


def test_a_constant_answers_every_row_alike():
    assert constant_predictions(np.array([0.7, 0.3]), rows=3).tolist() == [[0.7, 0.3]] * 3
