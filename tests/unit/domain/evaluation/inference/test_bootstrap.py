from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from tideline.domain.evaluation.inference import bootstrap
from tideline.domain.evaluation.inference.bootstrap import affordable_resamples, replicate, resample_weights
from tideline.domain.evaluation.measures.metrics import metric_statistics


def binormal(random, *, n, separation):
    """Return labels, one in four positive, and scores whose ROC AUC is known."""
    y = (np.arange(n) % 4 == 0).astype(float)
    p = 1 / (1 + np.exp(-(random.normal(size=n) + separation * y)))
    return y, np.column_stack([1 - p, p])


def test_every_resample_keeps_each_stratum_at_its_size():
    strata = np.array([0] * 7 + [1] * 3 + [2])
    weights = np.concatenate(list(resample_weights(strata, seed=1, resamples=50)))
    assert weights.shape == (50, 11)
    for stratum, size in [(0, 7), (1, 3), (2, 1)]:
        assert (weights[:, strata == stratum].sum(axis=1) == size).all()


def test_rows_are_drawn_evenly():
    weights = np.concatenate(list(resample_weights(np.zeros(20, np.intp), seed=2, resamples=4000)))
    # The mean of 4,000 counts with variance 0.95 is within 4 standard errors of 1.
    assert np.abs(weights.mean(axis=0) - 1).max() < 4 * np.sqrt(0.95 / 4000)


def test_blocks_add_up_to_the_resamples_asked_for(monkeypatch):
    monkeypatch.setattr(bootstrap, "_BLOCK", 30)
    blocks = list(resample_weights(np.zeros(10, np.intp), seed=0, resamples=8))
    assert [len(block) for block in blocks] == [3, 3, 2]


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    y, raw = binormal(np.random.default_rng(0), n=200, separation=1.0)
    found = metric_statistics("binary", y=y, raw=raw)
    intervals = [
        replicate(found, strata=y.astype(np.intp), seed=seed, resamples=200)["roc_auc"].interval(
            confidence=0.9
        )
        for seed in (3, 3, 4)
    ]
    assert intervals[0] == intervals[1] != intervals[2]
    assert (intervals[0].rows, intervals[0].resamples, intervals[0].confidence) == (200, 200, 0.9)


def test_equal_models_differ_by_nothing_at_all():
    y, raw = binormal(np.random.default_rng(0), n=100, separation=1.0)
    pair = {
        (who, name): statistic
        for who in "ab"
        for name, statistic in metric_statistics("binary", y=y, raw=raw).items()
    }
    measured = replicate(pair, strata=y.astype(np.intp), seed=0, resamples=100)
    interval = measured["a", "roc_auc"].minus(measured["b", "roc_auc"]).interval(confidence=0.95)
    assert (interval.low, interval.estimate, interval.high) == (0, 0, 0)


def test_pairing_takes_out_what_both_models_share():
    random = np.random.default_rng(5)
    y = random.normal(size=300)
    noise = random.normal(size=300)
    models = {"a": y + noise, "b": y + noise + random.normal(scale=0.1, size=300)}
    metric = "neg_mean_squared_error"
    measured = replicate(
        {k: metric_statistics("regression", y=y, raw=p[:, None])[metric] for k, p in models.items()},
        strata=np.zeros(300, np.intp),
        seed=0,
        resamples=500,
    )
    alone = measured["a"].interval(confidence=0.95)
    paired = measured["a"].minus(measured["b"]).interval(confidence=0.95)
    assert paired.high - paired.low < (alone.high - alone.low) / 3


def test_an_undefined_metric_has_no_interval():
    y, raw = np.zeros(10), np.full((10, 2), 0.5)
    found = metric_statistics("binary", y=y, raw=raw)
    measured = replicate(found, strata=y.astype(np.intp), seed=0, resamples=20)
    assert measured["roc_auc"].interval(confidence=0.95) is None
    assert measured["accuracy"].interval(confidence=0.95) is not None


def test_a_class_of_one_row_is_no_obstacle():
    y = np.array([1.0, *[0.0] * 9])
    raw = np.column_stack([np.linspace(0.1, 0.9, 10), np.linspace(0.9, 0.1, 10)])
    found = metric_statistics("binary", y=y, raw=raw)
    interval = replicate(found, strata=y.astype(np.intp), seed=0, resamples=50)["roc_auc"].interval(
        confidence=0.9
    )
    assert (interval.low, interval.high) == (1, 1)


def test_grouped_influences_are_those_of_single_rows(monkeypatch):
    y, raw = binormal(np.random.default_rng(1), n=400, separation=1.0)
    found = {"auc": metric_statistics("binary", y=y, raw=raw)["roc_auc"]}
    grouped = replicate(found, strata=y.astype(np.intp), seed=0, resamples=2)["auc"].influence
    monkeypatch.setattr(bootstrap, "_JACKKNIFE_GROUPS", 800)
    single = replicate(found, strata=y.astype(np.intp), seed=0, resamples=2)["auc"].influence
    assert (len(grouped), len(single)) == (200, 400)
    # Both estimate the same standard error: the root of the sum of squares.
    assert np.sqrt((grouped**2).sum()) == pytest.approx(np.sqrt((single**2).sum()), rel=0.15)


def test_large_holdouts_get_fewer_resamples_but_never_too_few():
    assert affordable_resamples(200) == affordable_resamples(200_000) == 2_000
    assert affordable_resamples(400_000) == 1_000
    assert affordable_resamples(50_000_000) == 400


TRIALS = 200
# 3.3 standard errors of a share of 0.9 over the trials: a sound interval fails one time in a thousand,
# and with fixed seeds either always or never.
SLACK = 3.3 * np.sqrt(0.9 * 0.1 / TRIALS)


def test_intervals_of_the_roc_auc_cover_the_truth_as_often_as_they_say():
    truth = NormalDist().cdf(1 / np.sqrt(2))
    covered = 0
    for seed in range(TRIALS):
        y, raw = binormal(np.random.default_rng(seed), n=200, separation=1.0)
        found = {"auc": metric_statistics("binary", y=y, raw=raw)["roc_auc"]}
        measured = replicate(found, strata=y.astype(np.intp), seed=seed, resamples=300)
        interval = measured["auc"].interval(confidence=0.9)
        covered += interval.low <= truth <= interval.high
    assert covered / TRIALS == pytest.approx(0.9, abs=SLACK)


def test_intervals_of_a_paired_difference_cover_the_truth_as_often_as_they_say():
    # Errors of variance 1 and 1.21 that share most of their noise: the MSEs differ by 0.21.
    covered = 0
    for seed in range(TRIALS):
        random = np.random.default_rng(seed)
        y, shared, own = random.normal(size=(3, 200))
        models = {"a": y + shared, "b": y + shared + np.sqrt(0.21) * own}
        found = {
            k: metric_statistics("regression", y=y, raw=p[:, None])["neg_mean_squared_error"]
            for k, p in models.items()
        }
        measured = replicate(found, strata=np.zeros(200, np.intp), seed=seed, resamples=300)
        interval = measured["a"].minus(measured["b"]).interval(confidence=0.9)
        covered += interval.low <= 0.21 <= interval.high
    assert covered / TRIALS == pytest.approx(0.9, abs=SLACK)
