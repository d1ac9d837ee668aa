from __future__ import annotations

import numpy as np
import pytest

from tests.unit.domain.monitoring.quality_samples import counted, draw_regression, reference_of
from tideline.domain.monitoring.counting.counts import WindowCounts
from tideline.domain.monitoring.estimation.effects import feature_effects

METRIC = "neg_mean_squared_error"


@pytest.fixture(scope="module")
def reference():
    return reference_of(draw_regression(np.random.default_rng(3), 4_000), metric=METRIC)


def test_a_shift_to_where_errors_are_larger_is_told_as_harm_of_that_feature_alone(reference):
    effects = feature_effects(
        counted(draw_regression(np.random.default_rng(4), 4_000, centre=0.5), reference), reference
    )
    assert effects["x"] > 0.1
    assert abs(effects["group"]) < 0.02


def test_a_shift_to_where_errors_are_smaller_is_no_harm(reference):
    moved = draw_regression(np.random.default_rng(4), 4_000, centre=-0.5)
    assert feature_effects(counted(moved, reference), reference)["x"] < -0.1


def test_the_training_rows_themselves_have_no_effect(reference):
    drawn = draw_regression(np.random.default_rng(3), 4_000)
    effects = feature_effects(counted(drawn, reference), reference)
    assert all(abs(effect) < 1e-9 for effect in effects.values())


def test_nothing_is_told_without_rows_without_a_model_and_of_what_is_not_counted(reference):
    assert feature_effects(WindowCounts(model="churn", version=1), reference) == {}
    some = counted(draw_regression(np.random.default_rng(4), 50), reference)
    assert feature_effects(some, reference.model_copy(update={"loss": None})) == {}
    without = some.model_copy(update={"features": {"group": some.features["group"]}})
    assert feature_effects(without, reference).keys() == {"group"}
