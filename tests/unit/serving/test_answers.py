from __future__ import annotations

import math

import pytest

from tests.unit.serving.samples import signature
from tideline.serving.answers import Prediction, interpret
from tideline.serving.problems import Problem


def test_a_binary_answer_is_positive_from_one_half_on() -> None:
    rows = [[0.5, 0.5], [0.500001, 0.499999]]
    found = interpret(rows, ids=["1", "2"], signature=signature("binary"))
    assert [prediction.value for prediction in found] == ["yes", "no"]
    assert found[0] == Prediction("1", "yes", {"no": 0.5, "yes": 0.5})


def test_a_multiclass_answer_is_the_most_likely_class() -> None:
    [found] = interpret([[0.2, 0.4, 0.4]], ids=["1"], signature=signature("multiclass"))
    assert (found.value, found.probabilities) == ("b", {"a": 0.2, "b": 0.4, "c": 0.4})


def test_a_regression_answer_is_the_number() -> None:
    assert interpret([[2.5]], ids=["1"], signature=signature("regression")) == [Prediction("1", 2.5)]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_answer_that_is_not_finite_is_withheld(value: float) -> None:
    with pytest.raises(Problem, match="instance 1") as caught:
        interpret([[1.0], [value]], ids=["1", "2"], signature=signature("regression"))
    assert caught.value.status == 503
