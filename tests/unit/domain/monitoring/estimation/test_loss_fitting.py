from __future__ import annotations

import numpy as np
import pytest

from tests.unit.domain.monitoring.quality_samples import draw_regression, profiled
from tideline.domain.monitoring.estimation.coarse_groups import MIN_GROUP_ROWS, group_bins
from tideline.domain.monitoring.estimation.effects import coefficients
from tideline.domain.monitoring.estimation.loss_fitting import MAX_FEATURES, LossColumn, fit_loss
from tideline.domain.monitoring.estimation.reference_bins import profile_rows, row_bins
from tideline.domain.monitoring.estimation.ridge import fit_ridge
from tideline.domain.monitoring.estimation.row_losses import row_losses


def columns(drawn):
    return {name: LossColumn(values, profiled(values)) for name, values in drawn.columns.items()}


def fit(drawn, losses, **features):
    return fit_loss("squared_error", losses, features=features or columns(drawn), answer=None)


def test_the_part_of_a_feature_is_the_loss_that_its_bins_really_have():
    drawn = draw_regression(np.random.default_rng(0), 20_000)
    losses = row_losses("squared_error", y=drawn.y, raw=drawn.raw)
    model = fit(drawn, losses)
    profile = profiled(drawn.columns["x"])
    expected = np.exp(drawn.columns["x"]) - np.exp(0.5)
    found = coefficients(model.features["x"])[row_bins(drawn.columns["x"], profile)]
    assert np.corrcoef(expected, found)[0, 1] > 0.9
    assert np.abs(coefficients(model.features["group"])).max() < 0.1


def test_parts_add_up_to_nothing_over_the_holdout_and_the_mean_is_the_mean():
    drawn = draw_regression(np.random.default_rng(0), 2_000)
    drawn.columns["x"][::7] = np.nan
    losses = row_losses("absolute_error", y=drawn.y, raw=drawn.raw)
    model = fit(drawn, losses)
    assert model.mean == model.intercept == pytest.approx(losses.mean())
    for name, part in model.features.items():
        assert profile_rows(profiled(drawn.columns[name])) @ coefficients(part) == pytest.approx(0, abs=1e-6)


def test_what_cannot_be_explained_is_not():
    drawn = draw_regression(np.random.default_rng(0), 2_000)
    noise = np.random.default_rng(1).exponential(size=2_000)
    model = fit(drawn, noise)
    assert model.explained < 0.01
    assert model.residual_std == pytest.approx(1, abs=0.1)


def test_missing_values_have_a_part_of_their_own():
    random = np.random.default_rng(0)
    values = random.normal(size=2_000).astype(np.float32)
    values[:600] = np.nan
    random.shuffle(values)
    model = fit(None, np.isnan(values) * 5.0 + random.random(2_000), x=LossColumn(values, profiled(values)))
    assert model.features["x"].missing == pytest.approx(5 * 0.7, abs=0.3)


def test_few_rows_have_no_model_and_many_features_a_bounded_one():
    values = np.random.default_rng(0).integers(-1, 2, size=400).astype(np.float32)
    column = LossColumn(values, profiled(values))
    assert fit(None, np.ones(199), x=LossColumn(values[:199], column.profile)) is None
    model = fit(None, np.abs(values), **{f"f{number}": column for number in range(MAX_FEATURES + 5)})
    assert len(model.features) == MAX_FEATURES


def test_a_constant_loss_and_a_constant_feature_are_no_trouble():
    values = np.ones(300, dtype=np.float32)
    model = fit(None, np.zeros(300), x=LossColumn(values, profiled(values)))
    assert (model.mean, model.residual_std, model.explained) == (0, 0, 0)
    assert set(coefficients(model.features["x"])) == {0.0}


def test_every_group_has_enough_rows():
    random = np.random.default_rng(0)
    for values in (random.normal(size=210), random.integers(0, 3, size=210), random.exponential(size=2_000)):
        profile = profiled(values.astype(np.float32))
        rows = profile_rows(profile)
        groups = group_bins(rows, profile)
        assert all(rows[groups == one].sum() >= MIN_GROUP_ROWS for one in set(groups.tolist()) - {-1})
        assert np.all(np.diff(groups[:-2]) >= 0)
        assert np.all(groups[:-2] >= 0)


def test_ridge_finds_indicators_and_tells_how_well_out_of_fold():
    random = np.random.default_rng(0)
    codes = [random.integers(0, 3, size=3_000), random.integers(-1, 2, size=3_000)]
    target = np.array([0.0, 1.0, 2.0])[codes[0]] + random.normal(scale=0.5, size=3_000)
    fit = fit_ridge(codes, [3, 2], target)
    assert np.diff(fit.coefficients[1:4]) == pytest.approx([1, 1], abs=0.05)
    assert fit.residual_std == pytest.approx(0.5, abs=0.03)
    assert fit.explained == pytest.approx(1 - 0.25 / target.var(), abs=0.02)
