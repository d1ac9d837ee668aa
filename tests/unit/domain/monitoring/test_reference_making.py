from __future__ import annotations

import numpy as np
import pytest

from tests.unit.domain.monitoring.quality_samples import (
    Drawn,
    draw_binary,
    draw_multiclass,
    draw_regression,
    reference_of,
)
from tideline.domain.monitoring.reference import MonitoringReference


def test_the_same_inputs_give_the_same_bytes_and_these_are_read_back():
    made = [
        reference_of(draw_binary(np.random.default_rng(1), 600), metric="roc_auc", slices=["group"])
        for _ in range(2)
    ]
    content = made[0].model_dump_json()
    assert content == made[1].model_dump_json()
    assert MonitoringReference.model_validate_json(content) == made[0]


def test_a_classification_has_outputs_and_a_calibration_of_every_class():
    drawn = draw_multiclass(np.random.default_rng(1), 900)
    reference = reference_of(drawn, metric="neg_log_loss")
    assert reference.outputs.keys() == reference.calibration.keys() == {"a", "b", "c"}
    for place, name in enumerate("abc"):
        assert sum(reference.calibration[name].hits) == int((drawn.y == place).sum())
    assert sum(sum(one.named) for one in reference.outputs.values()) == 900
    assert reference.value is None
    assert reference.loss is not None
    assert (reference.loss.loss, reference.loss.answer) == ("log_loss", None)


@pytest.mark.parametrize(
    ("metric", "loss"),
    [("neg_mean_absolute_error", "absolute_error"), ("neg_root_mean_squared_error", "squared_error")],
)
def test_a_regression_has_its_answers_and_a_model_of_its_loss(metric, loss):
    reference = reference_of(draw_regression(np.random.default_rng(1), 900), metric=metric)
    assert (reference.outputs, reference.calibration) == ({}, {})
    assert reference.value is not None
    assert reference.value.count == 900
    assert reference.loss is not None
    assert reference.loss.loss == loss
    assert reference.loss.answer is not None
    assert len(reference.loss.answer.bins) == len(reference.value.edges) + 1


def test_private_features_are_left_out_for_the_log_does_not_tell_them():
    drawn = draw_binary(np.random.default_rng(1), 600)
    reference = reference_of(drawn, metric="roc_auc", private=("group",))
    assert reference.features.keys() == {"x"}
    assert reference.loss is not None
    assert reference.loss.features.keys() == {"x"}


def test_slices_of_the_holdout_are_measured_by_name():
    drawn = draw_binary(np.random.default_rng(1), 2_000)
    reference = reference_of(drawn, metric="accuracy", slices=["group"])
    (first, second) = reference.slices
    assert (first.feature, first.value, second.value) == ("group", "right", "left")
    left = drawn.columns["group"] == "left"
    part = Drawn(drawn.task, {}, drawn.y[left], drawn.raw[left])
    assert second.interval is not None
    assert second.interval.estimate == pytest.approx(part.metric("accuracy"))


def test_a_small_holdout_has_no_model_of_its_loss():
    assert reference_of(draw_binary(np.random.default_rng(1), 150), metric="roc_auc").loss is None


def test_a_holdout_of_one_row_has_a_reference():
    reference = reference_of(draw_binary(np.random.default_rng(1), 1), metric="accuracy")
    assert reference.calibration["yes"].rows == (1,)
