from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from tests.unit.domain.monitoring.quality_samples import (
    draw_binary,
    draw_multiclass,
    outputs_of,
    reference_of,
)
from tideline.domain.contract.spec import METRICS
from tideline.domain.monitoring.estimation.confidence import confidence_interval, expected_metric

COVERED = {"binary": ("roc_auc", "neg_log_loss", "accuracy"), "multiclass": ("accuracy", "f1_macro")}
DRAW = {"binary": draw_binary, "multiclass": draw_multiclass}


@pytest.mark.parametrize("task", DRAW)
def test_on_the_holdout_itself_the_estimate_is_what_was_measured(task):
    drawn = DRAW[task](np.random.default_rng(2), 4_000)
    reference = reference_of(drawn, metric="accuracy")
    for metric in METRICS[task]:
        judged = reference.model_copy(update={"metric": metric})
        assert expected_metric(reference.outputs, judged) == pytest.approx(drawn.metric(metric), abs=0.008)


@pytest.mark.parametrize("task", DRAW)
def test_intervals_hold_what_is_realised_as_often_as_they_say(task):
    random, held, trials = np.random.default_rng(7), Counter(), 30
    for trial in range(trials):
        if trial % 4 == 0:
            reference = reference_of(DRAW[task](random, 1_500), metric="accuracy")
        window = DRAW[task](random, 500)
        for metric in COVERED[task]:
            judged = reference.model_copy(update={"metric": metric})
            found = confidence_interval(outputs_of(window), judged, confidence=0.9)
            held[metric] += found.low <= window.metric(metric) <= found.high
    # Of 30, 27 are expected; fewer than 22 would be seen in one of 200 runs.
    assert min(held.values()) >= 22
    assert sum(held.values()) < trials * len(held)


def test_a_miscalibrated_model_is_estimated_as_well_as_a_calibrated_one():
    random = np.random.default_rng(5)
    reference = reference_of(draw_binary(random, 10_000, over=3.0), metric="accuracy")
    shifted = draw_binary(random, 10_000, over=3.0, spread=0.7)
    assert expected_metric(outputs_of(shifted), reference) == pytest.approx(
        shifted.metric("accuracy"), abs=0.015
    )


def test_the_same_counts_give_the_same_interval():
    random = np.random.default_rng(5)
    reference = reference_of(draw_binary(random, 1_000), metric="roc_auc")
    outputs = outputs_of(draw_binary(random, 500))
    first, second = (confidence_interval(outputs, reference, confidence=0.95) for _ in range(2))
    assert first == second


def test_fewer_rows_on_either_side_make_the_interval_wider():
    random = np.random.default_rng(5)

    def width(holdout: int, window: int) -> float:
        reference = reference_of(draw_binary(random, holdout), metric="accuracy")
        found = confidence_interval(outputs_of(draw_binary(random, window)), reference, confidence=0.95)
        assert found is not None
        return found.high - found.low

    assert width(5_000, 200) > 1.5 * width(5_000, 2_000)
    assert width(250, 20_000) > 1.5 * width(5_000, 20_000)
