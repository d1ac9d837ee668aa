from __future__ import annotations

import pytest

from tideline.domain.monitoring.margins import allowed_fall


@pytest.mark.parametrize(
    ("metric", "reference", "allowed"),
    [
        ("roc_auc", 0.9, 0.005),
        ("neg_log_loss", -0.4, 0.005),
        ("neg_mean_absolute_error", -2_000, 100),
        ("neg_root_mean_squared_error", -0.01, 0.005),
        ("neg_mean_squared_error", -4_000, 400),
        ("r2", 0.7, 0.005),
    ],
)
def test_an_error_in_the_targets_unit_has_to_grow_by_a_share(metric, reference, allowed):
    assert allowed_fall(metric, reference=reference, margin=0.005) == pytest.approx(allowed)
