from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tideline.domain.evaluation.inference.bootstrap import replicate
from tideline.domain.evaluation.inference.paired import Pair
from tideline.domain.evaluation.measures.metrics import metric_statistics


def outputs(y, *, seed, noise=1.0):
    p = 1 / (1 + np.exp(-(2 * y - 1 + np.random.default_rng(seed).normal(scale=noise, size=len(y)))))
    return np.column_stack([1 - p, p])


def compared(y, first, second, *, metric, task="binary"):
    statistics = {
        who: metric_statistics(task, y=y, raw=raw)[metric]
        for who, raw in (("first", first), ("second", second))
    }
    strata = np.zeros(len(y), np.intp) if task == "regression" else y.astype(np.intp)
    found = replicate(statistics, strata=strata, seed=0, resamples=2000)
    return Pair(task, y, first, second), found["first"].minus(found["second"])


Y = (np.arange(300) % 4 == 0).astype(float)


def test_an_identical_model_differs_by_nothing_and_is_no_worse():
    raw = outputs(Y, seed=1)
    for metric in ("roc_auc", "accuracy"):
        pair, difference = compared(Y, raw, raw.copy(), metric=metric)
        found = pair.interval(difference, metric=metric, confidence=0.95)
        assert (found.low, found.estimate, found.high) == (0, 0, 0)
        assert pair.p_no_worse(difference, metric=metric) == 1.0


def test_models_that_call_every_row_alike_may_still_differ_on_the_next():
    raw = outputs(Y, seed=1)
    pair, difference = compared(Y, raw, raw * 0.9 + 0.05, metric="accuracy")
    found = pair.interval(difference, metric="accuracy", confidence=0.95)
    assert found.estimate == 0
    assert found.low == -found.high == pytest.approx(-3.9 / 300, rel=0.05)


def test_an_interval_is_at_least_as_wide_as_bca_and_as_the_studentized_one():
    pair, difference = compared(Y, outputs(Y, seed=1), outputs(Y, seed=2), metric="roc_auc")
    found = pair.interval(difference, metric="roc_auc", confidence=0.9)
    bca = difference.interval(confidence=0.9)
    reach = stats.t.ppf(0.95, 74) * difference.values.std()
    assert found.low <= min(bca.low, found.estimate - reach)
    assert found.high >= max(bca.high, found.estimate + reach)
    assert found.high - found.low < 1.2 * (bca.high - bca.low)


def test_the_p_value_of_losses_is_that_of_the_paired_t_test():
    random = np.random.default_rng(0)
    y = random.normal(size=200)
    first, second = (y + random.normal(scale=scale, size=200) for scale in (1.1, 1.0))
    pair, difference = compared(
        y, first[:, None], second[:, None], metric="neg_mean_absolute_error", task="regression"
    )
    expected = stats.ttest_rel(np.abs(second - y), np.abs(first - y), alternative="less").pvalue
    found = pair.p_no_worse(difference, metric="neg_mean_absolute_error")
    assert found == pytest.approx(expected, rel=0.15)


def test_the_p_value_of_accuracy_is_close_to_the_sign_tests():
    first, second = outputs(Y, seed=1, noise=1.6), outputs(Y, seed=2, noise=1.0)
    pair, difference = compared(Y, first, second, metric="accuracy")
    right = [(raw.argmax(axis=1) == Y) for raw in (first, second)]
    lost, won = int((~right[0] & right[1]).sum()), int((right[0] & ~right[1]).sum())
    expected = stats.binom.cdf(won, lost + won, 0.5)
    assert pair.p_no_worse(difference, metric="accuracy") == pytest.approx(expected, rel=0.5)
    assert expected < 0.05


def test_a_metric_that_means_nothing_has_no_interval():
    y = np.ones(50)
    pair, difference = compared(y, outputs(y, seed=1), outputs(y, seed=2), metric="roc_auc")
    assert pair.interval(difference, metric="roc_auc", confidence=0.95) is None


def test_the_smaller_class_sets_the_degrees_of_freedom():
    raw = outputs(Y, seed=1)
    assert Pair("binary", Y, raw, raw).freedom == 74
    assert Pair("regression", Y, raw, raw).freedom == 299
