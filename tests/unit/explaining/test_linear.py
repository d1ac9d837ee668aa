from __future__ import annotations

import numpy as np
import pytest

from tests.unit.adapters.training.samples import (
    TASKS,
    awkward_encoding,
    awkward_rows,
    category,
    number,
    raw_features,
)
from tests.unit.explaining.samples import artifact_answers, as_array, explanation_of, inputs_of
from tideline.adapters.training.linear_trainer import LinearModel, LinearTrainer
from tideline.domain.encoding import Encoding, Task

FEATURE_KINDS = (number("x"), category("c", "a", "b"))


def _fit(matrix: object, target: object, encoding: Encoding) -> LinearModel:
    return LinearTrainer().train(
        matrix, target, valid=None, encoding=encoding, parameters={}, rounds=None, seed=0, threads=1
    )


@pytest.mark.parametrize("task", TASKS)
def test_contributions_add_up_to_the_artifacts_answer_and_average_to_nothing(task: Task) -> None:
    encoding = awkward_encoding(task)
    matrix, target = awkward_rows(task, n=400)
    model = _fit(matrix, target, encoding)
    answers = artifact_answers(model, encoding, raw_features(matrix, encoding))
    # `explain` itself refuses contributions that do not give the answers.
    explained = explanation_of(model, encoding).explain(inputs_of(matrix, encoding), answers)
    found = as_array(explained, encoding)
    np.testing.assert_allclose(found[:, :, :-1].mean(axis=0), 0, atol=1e-9)
    scores = np.concatenate(list(model._scores(matrix)))
    np.testing.assert_allclose(found.sum(axis=2), scores, atol=1e-9)


def test_a_contribution_is_what_changing_the_feature_to_its_average_would_take_away() -> None:
    encoding = Encoding(task="regression", features=FEATURE_KINDS)
    matrix = np.float32([[0, 0], [1, 1], [2, 0], [5, 1]])
    model = _fit(matrix, np.float32([0, 3, 2, 9]), encoding)
    rows = np.float32([[5, 0]])
    answers = artifact_answers(model, encoding, raw_features(rows, encoding))
    (explained,) = explanation_of(model, encoding).explain(inputs_of(rows, encoding), answers)
    slope = model.number_weights[0, 0] * model.scaling.factor[0]
    assert explained.contributions["x"] == pytest.approx((5 - 2) * slope)
    a, b = model.level_weights[1:, 0]
    assert explained.contributions["c"] == pytest.approx(a - (a + b) / 2)
