from __future__ import annotations

import pytest

from tests.unit.domain.monitoring.samples import importance
from tideline.domain.monitoring.reliance import LEAST_MARGIN, reliance_margin, relied_upon


def test_a_margin_is_in_the_metrics_unit():
    assert reliance_margin(0.005, metric="roc_auc", quality=0.9) == 0.005


@pytest.mark.parametrize("metric", ["neg_root_mean_squared_error", "neg_mean_absolute_error"])
def test_of_an_error_in_the_targets_unit_a_twentieth_counts_at_least(metric):
    assert reliance_margin(0.005, metric=metric, quality=-50_000) == 2_500
    assert reliance_margin(9_000, metric=metric, quality=-50_000) == 9_000


def test_a_margin_of_nothing_does_not_make_every_feature_important():
    assert reliance_margin(0.0, metric="roc_auc", quality=0.9) == LEAST_MARGIN


def test_the_largest_drop_of_the_repeats_counts():
    measured = importance(a=0.004, b=0.002)
    assert relied_upon(measured, margin=0.005) == {"a": True, "b": False}
