from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.fakes.samples import spec


def test_an_attribute_need_not_be_a_feature() -> None:
    made = spec(evaluation={"fairness": {"attributes": ["gender"], "metric": "mean_error", "max_gap": 250}})
    assert made.evaluation.fairness is not None
    assert "gender" not in made.features


def test_regression_has_a_mean_error_and_no_rates() -> None:
    with pytest.raises(ValidationError, match="for regression use mean_error"):
        spec(evaluation={"fairness": {"attributes": ["age"]}})


def test_a_rate_of_many_classes_is_none() -> None:
    with pytest.raises(ValidationError, match="is for binary and regression tasks"):
        spec(task="multiclass", evaluation={"fairness": {"attributes": ["age"]}})
