from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import betaln

from tideline.domain.release.judging.mixture import Level, log_likelihood, log_mixture
from tideline.domain.release.judging.rates import (
    Tally,
    difference_bounds,
    evidence_of_excess,
    rate_bounds,
)

LEVEL = Level(0.05)


def tally(hits: float, trials: float) -> Tally:
    return Tally(np.array([hits], float), np.array([trials], float))


counts = st.integers(0, 400).flatmap(lambda trials: st.tuples(st.floats(0, trials), st.just(trials)))


def test_the_mixture_is_the_beta_binomial_one() -> None:
    hits, misses = np.array([0.0, 0, 3, 250.5, 1e6]), np.array([0.0, 7, 0, 1000, 1e9])

    exact = betaln(hits + 0.5, misses + 0.5) - betaln(0.5, 0.5)
    assert log_mixture(hits, misses) == pytest.approx(exact, rel=1e-10, abs=1e-10)


@given(counts, counts, st.floats(-0.95, 0.95))
@settings(max_examples=40, deadline=None)
def test_the_evidence_is_that_against_the_closest_pair_of_rates(
    first: tuple[float, int], second: tuple[float, int], bound: float
) -> None:
    champion, challenger = tally(*first), tally(*second)
    evidence = evidence_of_excess(champion, challenger, np.array([bound]))[0]

    def explained(rate: float) -> float:
        ours = log_likelihood(champion.hits, champion.misses, np.array([rate]))
        return float(
            ours[0] + log_likelihood(challenger.hits, challenger.misses, np.array([rate + bound]))[0]
        )

    edges = max(0.0, -bound), min(1.0, 1 - bound)
    best = -minimize_scalar(
        lambda rate: -explained(rate), bounds=edges, method="bounded", options={"xatol": 1e-10}
    ).fun
    mixed = log_mixture(champion.hits, champion.misses) + log_mixture(challenger.hits, challenger.misses)
    if challenger.trials[0] and champion.trials[0] and challenger.rates[0] - champion.rates[0] > bound:
        assert evidence == pytest.approx(float(mixed[0] - best), rel=1e-5, abs=1e-3)
    else:
        assert evidence == 0


@given(st.lists(st.tuples(counts, counts), min_size=10, max_size=40))
@settings(max_examples=4, deadline=None)
def test_bounds_hold_the_estimate_and_mirror_each_other(
    pairs: list[tuple[tuple[float, int], tuple[float, int]]],
) -> None:
    champion, challenger = (
        Tally(
            np.array([pair[side][0] for pair in pairs], float),
            np.array([pair[side][1] for pair in pairs], float),
        )
        for side in (0, 1)
    )
    low, high = difference_bounds(champion, challenger, LEVEL)
    other_low, other_high = difference_bounds(challenger, champion, LEVEL)

    assert np.all((low >= -1) & (low <= high) & (high <= 1))
    assert low == pytest.approx(-other_high)
    assert high == pytest.approx(-other_low)
    estimate = challenger.rates - champion.rates
    known = np.isfinite(estimate)
    assert np.all((low <= estimate + 1e-5)[known] & (high >= estimate - 1e-5)[known])


def test_without_calls_nothing_is_known() -> None:
    assert difference_bounds(tally(0, 0), tally(5, 5), LEVEL)[0][0] == pytest.approx(-1, abs=1e-5)
    assert [float(bound[0]) for bound in rate_bounds(tally(0, 0), LEVEL)] == [0, 1]
    assert np.isnan(tally(0, 0).rates[0])


def test_a_rate_lies_between_its_bounds_and_more_calls_bring_them_together() -> None:
    widths = []
    for trials in (1, 10, 100, 1000):
        (low,), (high,) = rate_bounds(tally(trials * 0.3, trials), LEVEL)
        assert 0 <= low <= 0.3 <= high <= 1
        widths.append(high - low)

    assert widths == sorted(widths, reverse=True)


def test_a_split_level_asks_for_more() -> None:
    champion, challenger = tally(10, 200), tally(30, 200)

    wide = difference_bounds(champion, challenger, LEVEL.split(12))
    narrow = difference_bounds(champion, challenger, LEVEL)
    assert wide[0] < narrow[0]
    assert narrow[1] < wide[1]


def simulated(values: np.ndarray, others: np.ndarray, bound: float, level: Level) -> float:
    """Return the share of releases in which any of the looks, one after every 20 calls, finds an excess."""
    found = np.zeros(len(values), bool)
    for calls in range(20, values.shape[1] + 1, 20):
        sides = [
            Tally(some[:, :calls].sum(axis=1).astype(float), np.full(len(some), float(calls)))
            for some in (values, others)
        ]
        found |= evidence_of_excess(sides[0], sides[1], np.full(len(values), bound)) >= level.joint
    return float(found.mean())


@pytest.mark.parametrize(("rate", "bound"), [(0.01, 0.01), (0.5, 0.0), (0.3, 0.2)])
def test_many_looks_raise_no_more_false_alarms_than_promised(rate: float, bound: float) -> None:
    random = np.random.default_rng(7)
    champion = random.random((1000, 600)) < rate
    challenger = random.random((1000, 600)) < rate + bound

    assert simulated(champion, challenger, bound, LEVEL) <= LEVEL.alpha


def test_a_test_for_one_look_would_raise_many_more() -> None:
    random = np.random.default_rng(7)
    champion, challenger = (random.random((1000, 600)) < 0.5 for _ in range(2))
    found = np.zeros(1000, bool)
    for calls in range(20, 601, 20):
        gap = challenger[:, :calls].mean(axis=1) - champion[:, :calls].mean(axis=1)
        found |= gap / np.sqrt(0.5 / calls) > 1.645

    assert found.mean() > 0.15


def test_sides_that_hang_together_raise_no_more_false_alarms_either() -> None:
    # Drawn to hurt: when one side is unlucky, the other is lucky.
    random = np.random.default_rng(8)
    drawn = random.random((1000, 600))
    champion, challenger = drawn < 0.5, drawn >= 0.5

    assert simulated(champion, challenger, 0.0, Level(0.05, paired=True)) <= 0.05


def test_losses_between_0_and_1_count_like_hits() -> None:
    random = np.random.default_rng(9)
    champion, challenger = (random.beta(0.5, 1.5, (500, 400)) for _ in range(2))

    assert simulated(champion, challenger, 0.0, LEVEL) <= LEVEL.alpha


def test_it_finds_a_version_that_fails_a_seventh_of_its_calls() -> None:
    random = np.random.default_rng(10)
    champion, challenger = random.random((200, 300)) < 0.005, random.random((200, 300)) < 0.15

    assert simulated(champion, challenger, 0.01, LEVEL.split(12)) > 0.9
