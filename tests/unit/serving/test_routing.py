from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b

import pytest
from scipy.stats import chi2

from tests.unit.serving import samples
from tideline.domain.release.traffic import SLOTS, allocate
from tideline.serving import routing
from tideline.serving.deployment import Deployment, Rollout
from tideline.serving.routing import caller, entities, route

_ENTRY = samples.version(b"", 3)
# A test that is right in all but one of a million runs; keys are fixed, so that it is right always or never.
_CERTAINTY = 1 - 1e-6


def _deployment(
    weights: Mapping[int, int], *, release_id: str = "churn-v4-a", before: object = None
) -> Deployment:
    slots = allocate(weights, before or {})  # type: ignore[arg-type]
    challengers = [
        samples.version(b"", number, role="challenger", weight=weights[number], slots=ranges)
        for number, ranges in slots.items()
    ]
    return Deployment("churn", 1, (_ENTRY, *challengers), rollout=Rollout(release_id, 1))


def _version(deployment: Deployment, key: str | None, random: bytes = bytes(8)) -> int:
    return route(deployment, caller=key, random=random).version


def _misfit(counts: Mapping[int, int], weights: Mapping[int, int]) -> float:
    """Pearson's chi-squared of how often versions answered."""
    total = sum(counts.values())
    shares = {3: SLOTS - sum(weights.values()), **weights}
    return sum((counts[v] - total * s / SLOTS) ** 2 / (total * s / SLOTS) for v, s in shares.items() if s)


def test_both_sides_count_the_same_slots() -> None:
    assert routing.SLOTS == SLOTS


def test_a_champion_alone_answers_everyone() -> None:
    alone = Deployment("churn", 1, (_ENTRY,))
    assert {_version(alone, key) for key in ("a", "b", None)} == {3}


def test_a_caller_stays_with_one_version() -> None:
    deployment = _deployment({4: 50})
    for number in range(200):
        first = _version(deployment, f"c-{number}", os.urandom(8))
        assert {_version(deployment, f"c-{number}", os.urandom(8)) for _ in range(5)} == {first}


@pytest.mark.parametrize("weights", [{4: 1}, {4: 5}, {4: 25}, {4: 50}, {4: 33, 5: 33}, {4: 10, 5: 20}])
def test_weights_are_exact_in_the_long_run(weights: dict[int, int]) -> None:
    deployment = _deployment(weights)
    counts = Counter(_version(deployment, f"customer-{number}") for number in range(120_000))
    assert set(counts) == {3, *weights}
    assert _misfit(counts, weights) < chi2.ppf(_CERTAINTY, df=len(weights))


def test_by_chance_the_weights_are_exact_too() -> None:
    weights = {4: 5, 5: 15}
    deployment = _deployment(weights)
    draws = (blake2b(number.to_bytes(4), digest_size=8).digest() for number in range(120_000))
    counts = Counter(_version(deployment, None, random) for random in draws)
    assert _misfit(counts, weights) < chi2.ppf(_CERTAINTY, df=len(weights))


def test_a_wider_range_moves_only_the_callers_of_the_slots_that_came_to_it() -> None:
    first = _deployment({4: 5})
    wider = _deployment({4: 25}, before={4: first.versions[1].slots})
    keys = [f"c-{number}" for number in range(20_000)]
    moved = 0
    for key in keys:
        was, now = _version(first, key), _version(wider, key)
        slot = routing.slot_of(key, model="churn", release_id="churn-v4-a")
        assert (was != now) == (5 <= slot < 25)
        moved += was != now
    assert moved / len(keys) == pytest.approx(0.20, abs=0.015)


def test_each_release_begins_with_other_callers() -> None:
    one, other = _deployment({4: 10}), _deployment({4: 10}, release_id="churn-v5-b")
    keys = [f"c-{number}" for number in range(20_000)]
    both = sum(_version(one, key) == _version(other, key) == 4 for key in keys)
    # A tenth of a tenth, if they have nothing to do with each other.
    assert both / len(keys) == pytest.approx(0.01, abs=0.004)


def test_a_challenger_without_slots_answers_nobody() -> None:
    assert {_version(_deployment({4: 0}), f"c-{number}") for number in range(500)} == {3}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("c-1", "c-1"),
        (17, "17"),
        (True, "true"),
        (None, None),
        ("", None),
        (1.5, None),
        (["c-1"], None),
        ({}, None),
        ("x" * 257, None),
    ],
)
def test_an_entity_is_spelled_as_in_a_file(value: object, expected: str | None) -> None:
    assert list(entities([{"customer": value}, {}], samples.signature())) == [expected, None]


@pytest.mark.parametrize(
    ("key", "about", "expected"),
    [
        ("k", ["c-1"], "k"),
        (None, ["c-1", "c-1"], "c-1"),
        (None, [None, "c-2", "c-1"], "c-2"),
        ("", ["c-1"], "c-1"),
        (None, [None], None),
        ("", [], None),
    ],
)
def test_the_key_decides_or_else_the_first_entity(
    key: str | None, about: list[str | None], expected: str | None
) -> None:
    assert caller(key, about) == expected
