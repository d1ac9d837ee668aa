from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tideline.domain.evaluation.inference.intervals import bca_interval

finite = st.floats(-1e6, 1e6)
samples = st.lists(finite, min_size=2, max_size=60).map(np.array)


def mean_replicates(sample, *, seed, resamples):
    random = np.random.default_rng(seed)
    return sample[random.integers(len(sample), size=(resamples, len(sample)))].mean(axis=1)


def test_bounds_of_a_skewed_mean_are_scipys():
    sample = np.random.default_rng(0).lognormal(size=40)
    replicates = mean_replicates(sample, seed=1, resamples=20_000)
    found = bca_interval(sample.mean(), replicates, (sample - sample.mean()) / 40, confidence=0.95)
    random = np.random.default_rng(2)
    theirs = stats.bootstrap((sample,), np.mean, n_resamples=20_000, method="BCa", rng=random)
    # Two runs of 20,000 resamples differ by about 3 % of a standard error at these bounds.
    assert found == pytest.approx(tuple(theirs.confidence_interval), abs=0.1 * theirs.standard_error)


def test_bounds_move_towards_the_long_tail_of_the_influences():
    replicates = np.random.default_rng(0).normal(size=4_000)
    influence = np.array([-1.0] * 9 + [9.0])
    plain = bca_interval(0.0, replicates, np.zeros(10), confidence=0.95)
    skewed = bca_interval(0.0, replicates, influence, confidence=0.95)
    assert skewed[0] > plain[0]
    assert skewed[1] > plain[1]


def test_without_bias_or_skew_the_bounds_are_plain_percentiles():
    replicates = np.linspace(-1, 1, 4_001)
    found = bca_interval(0.0, replicates, np.array([-1.0, 1.0]), confidence=0.9)
    assert found == pytest.approx((-0.9, 0.9), abs=1e-9)


@given(replicates=samples, influence=samples, estimate=finite, confidence=st.floats(0.51, 0.999))
def test_bounds_are_in_order_and_within_the_resamples(replicates, influence, estimate, confidence):
    low, high = bca_interval(estimate, replicates, influence, confidence=confidence)
    assert replicates.min() <= low <= high <= replicates.max()


@given(replicates=samples, influence=samples, estimate=finite)
def test_more_confidence_never_gives_a_narrower_interval(replicates, influence, estimate):
    narrow = bca_interval(estimate, replicates, influence, confidence=0.8)
    wide = bca_interval(estimate, replicates, influence, confidence=0.95)
    # np.quantile interpolates; the last digit may differ.
    slack = 1e-9 * max(1.0, float(np.abs(replicates).max()))
    assert wide[0] <= narrow[0] + slack
    assert wide[1] >= narrow[1] - slack
