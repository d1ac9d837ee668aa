from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from tideline.domain.contract.spec import METRICS
from tideline.domain.evaluation.measures.metrics import evaluate, metric_statistics

# A coarse grid makes ties, and constant scores, common.
shares = st.sampled_from([0.05, 0.2, 0.5, 0.8, 0.95])
counts = st.integers(0, 3)
numbers = st.sampled_from([-3.0, -0.5, 0.0, 0.1, 2.0, 1000.0])


@st.composite
def binary_rows(draw):
    rows = draw(st.lists(st.tuples(st.integers(0, 1), shares, counts), min_size=2, max_size=30))
    y, p, w = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    # One row of either class that counts: what is undefined has tests of its own.
    return np.r_[y, 0, 1], np.r_[p, 0.2, 0.8], np.r_[w, 1, 1]


@st.composite
def multiclass_rows(draw):
    row = st.tuples(st.integers(0, 3), st.lists(st.integers(1, 4), min_size=4, max_size=4), counts)
    y, scores, w = zip(*draw(st.lists(row, min_size=1, max_size=30)), strict=True)
    raw = np.array([*scores, [1, 2, 3, 4]], dtype=float)
    return np.r_[y, 0].astype(float), raw / raw.sum(axis=1, keepdims=True), np.r_[w, 1].astype(float)


def values(task, y, raw, weights):
    found = metric_statistics(task, y=y, raw=raw)
    return {name: float(statistic(weights[None, :])[0]) for name, statistic in found.items()}


@settings(deadline=None)
@given(binary_rows())
def test_binary_metrics_are_scikit_learns_under_row_weights(rows):
    y, p, w = rows
    called = p >= 0.5
    expected = {
        "roc_auc": reference.roc_auc_score(y, p, sample_weight=w),
        "average_precision": reference.average_precision_score(y, p, sample_weight=w),
        "neg_log_loss": -reference.log_loss(y, p, sample_weight=w),
        "neg_brier_score": -reference.brier_score_loss(y, p, sample_weight=w),
        "accuracy": reference.accuracy_score(y, called, sample_weight=w),
        "f1": reference.f1_score(y, called, sample_weight=w, zero_division=0),
    }
    assert values("binary", y, np.column_stack([1 - p, p]), w) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(multiclass_rows())
def test_multiclass_metrics_are_scikit_learns_under_row_weights(rows):
    y, raw, w = rows
    called = raw.argmax(axis=1)
    found = values("multiclass", y, raw, w)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "neg_log_loss": -reference.log_loss(y, raw, sample_weight=w, labels=range(4)),
            "accuracy": reference.accuracy_score(y, called, sample_weight=w),
            "balanced_accuracy": reference.balanced_accuracy_score(y, called, sample_weight=w),
            "f1_macro": reference.f1_score(y, called, sample_weight=w, average="macro", zero_division=0),
        }
    assert found == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(numbers, numbers, counts), min_size=1, max_size=30))
def test_regression_metrics_are_scikit_learns_under_row_weights(rows):
    y, p, w = (
        np.array(column, dtype=float) for column in zip(*[*rows, (1.0, 2.0, 1), (5.0, 4.0, 1)], strict=True)
    )
    expected = {
        "neg_root_mean_squared_error": -reference.root_mean_squared_error(y, p, sample_weight=w),
        "neg_mean_absolute_error": -reference.mean_absolute_error(y, p, sample_weight=w),
        "neg_mean_squared_error": -reference.mean_squared_error(y, p, sample_weight=w),
        "r2": reference.r2_score(y, p, sample_weight=w),
    }
    assert values("regression", y, p[:, None], w) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(binary_rows())
def test_a_weight_counts_a_row_that_often(rows):
    y, p, w = rows
    raw = np.column_stack([1 - p, p])
    often = np.repeat(np.arange(len(y)), w.astype(int))
    weighted = values("binary", y, raw, w)
    assert weighted == pytest.approx(values("binary", y[often], raw[often], np.ones(len(often))), abs=1e-12)


@pytest.mark.parametrize(("task", "columns"), [("binary", 2), ("multiclass", 3), ("regression", 1)])
def test_every_metric_that_a_spec_may_name_is_there_in_its_order(task, columns):
    raw = np.full((4, columns), 1 / columns)
    y = np.array([0.0, 1, 0, 1])
    assert tuple(metric_statistics(task, y=y, raw=raw)) == METRICS[task]


def test_a_certain_mistake_costs_what_scikit_learn_makes_it_cost_in_float32():
    y, raw = np.array([0.0, 1.0]), np.array([[0.0, 1.0], [0.0, 1.0]], dtype=np.float32)
    expected = -reference.log_loss(y, raw)
    assert evaluate(metric_statistics("binary", y=y, raw=raw)["neg_log_loss"], rows=2) == pytest.approx(
        expected, rel=1e-6
    )


@pytest.mark.parametrize("only", [0.0, 1.0])
def test_roc_auc_of_one_class_is_undefined(only):
    raw = np.array([[0.4, 0.6], [0.7, 0.3]])
    found = metric_statistics("binary", y=np.full(2, only), raw=raw)
    assert np.isnan(evaluate(found["roc_auc"], rows=2))
    assert np.isnan(evaluate(found["average_precision"], rows=2)) == (only == 0)


def test_constant_scores_rank_nothing():
    found = metric_statistics("binary", y=np.array([0.0, 1, 1, 0]), raw=np.full((4, 2), 0.5))
    assert evaluate(found["roc_auc"], rows=4) == 0.5
    assert evaluate(found["average_precision"], rows=4) == 0.5


@pytest.mark.parametrize(("predicted", "expected"), [(0.1, 1.0), (0.2, 0.0)])
def test_r2_of_a_constant_target_is_one_for_no_error_and_zero_for_any(predicted, expected):
    y = np.full(7, 0.1)
    found = metric_statistics("regression", y=y, raw=np.full((7, 1), predicted))
    assert evaluate(found["r2"], rows=7) == expected


def test_r2_of_one_row_is_undefined():
    found = metric_statistics("regression", y=np.ones(1), raw=np.ones((1, 1)))
    assert np.isnan(evaluate(found["r2"], rows=1))


@pytest.mark.parametrize(
    ("y", "raw"),
    [
        ([0.0, 1.0], [[0.5, 0.5]]),
        ([], np.empty((0, 2))),
        ([0.0, 2.0], [[0.5, 0.5], [0.5, 0.5]]),
        ([0.0, -1.0], [[0.5, 0.5], [0.5, 0.5]]),
        ([0.0, 1.0], [[0.5, 0.5], [np.nan, 0.5]]),
        ([0.0, np.inf], [[0.5, 0.5], [0.5, 0.5]]),
    ],
    ids=["lengths", "empty", "class without column", "negative class", "nan answer", "infinite target"],
)
def test_what_cannot_be_measured_is_refused(y, raw):
    with pytest.raises(ValueError, match=r"shape|finite|class"):
        metric_statistics("binary", y=np.array(y), raw=np.array(raw))
