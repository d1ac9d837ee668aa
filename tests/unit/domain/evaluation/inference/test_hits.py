from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.unit.domain.evaluation.samples import interval
from tideline.domain.evaluation.inference.hits import called_otherwise, cautious, largest_step
from tideline.domain.evaluation.measures.metrics import evaluate, metric_statistics

Z = 1.959964


def sign_test_rate(spoke):
    """Return how often a coin makes a model better that wins some of `spoke` rows, each worth 1."""
    for won in range(spoke + 1):
        gain = 2 * won - spoke
        found = cautious(interval(gain, gain, gain), error=np.sqrt(spoke), quantile=Z, spoke=spoke, step=1.0)
        if found.low > 0:
            return stats.binom.sf(won - 1, spoke, 0.5)
    return 0.0


def test_a_coin_makes_a_model_better_as_rarely_as_was_promised():
    rates = [sign_test_rate(spoke) for spoke in range(1, 120)]
    assert max(rates[:20]) <= 0.025
    assert max(rates) < 0.029
    assert np.mean(rates) < 0.021


def test_where_no_row_spoke_the_bound_is_the_rule_of_three():
    found = cautious(interval(0, 0, 0), error=0.0, quantile=Z, spoke=0, step=1 / 1000)
    assert found.high == -found.low == pytest.approx(0.00384, abs=1e-5)
    assert found.high >= stats.poisson.isf(0.025, 0) / 1000


def test_an_interval_is_only_ever_widened():
    wide = interval(0.1, -0.5, 0.7)
    assert cautious(wide, error=0.01, quantile=Z, spoke=500, step=0.0) == wide


def test_where_many_rows_speak_it_is_the_studentized_interval():
    found = cautious(interval(0.1, 0.1, 0.1), error=0.01, quantile=Z, spoke=10**6, step=0.0)
    assert (found.low, found.high) == pytest.approx((0.1 - Z * 0.01, 0.1 + Z * 0.01), abs=1e-6)


def test_called_otherwise_compares_classes_not_probabilities():
    first = np.array([[0.6, 0.4], [0.6, 0.4]])
    second = np.array([[0.9, 0.1], [0.4, 0.6]])
    assert called_otherwise("binary", first, second).tolist() == [False, True]


def test_called_otherwise_is_what_serving_would_answer_otherwise_at_a_tie():
    tie, negative = np.array([[0.5, 0.5]]), np.array([[0.6, 0.4]])
    assert called_otherwise("binary", tie, negative).tolist() == [True]
    assert called_otherwise("multiclass", tie, negative).tolist() == [False]


def test_metrics_that_count_no_hits_have_no_step():
    assert largest_step("roc_auc", np.array([0.0, 1.0])) is None


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=4, max_size=40), st.data())
def test_no_row_moves_a_metric_by_more_than_its_step(rows, data):
    y, called = np.array(rows).T
    y[:2] = (0, 1)
    flipped = called.copy()
    flipped[data.draw(st.integers(0, len(y) - 1))] ^= 1
    for task in ("binary", "multiclass"):
        before, after = (
            metric_statistics(task, y=y.astype(float), raw=np.eye(2)[answers])
            for answers in (called, flipped)
        )
        for metric, statistic in before.items():
            step = largest_step(metric, y.astype(float))
            if step is not None:
                moved = evaluate(statistic, rows=len(y)) - evaluate(after[metric], rows=len(y))
                assert abs(moved) <= step + 1e-12
