"""Laws of every chain of deployments, whatever is released, broken off and taken back in it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import START
from tests.fakes.samples import MODEL, deployment
from tideline.domain.release.deployment import Capture, DeployedVersion, Deployment, Rollout
from tideline.domain.release.plan import Step
from tideline.domain.release.shifting import (
    MAX_BEFORE,
    broken_off,
    first_deployment,
    gone_back,
    is_under_way,
    promoted,
    with_step,
)
from tideline.domain.release.traffic import expand

CAPTURE = Capture(sample=0.5, salt="salt")


def entry(number: int) -> DeployedVersion:
    return deployment(number).champion


def rollout(version: int, step: int, release_id: str = "") -> Rollout:
    return Rollout(
        release_id=release_id or f"release of {version}",
        version=version,
        strategy="canary",
        step=step,
        steps=9,
        since=START + timedelta(minutes=step),
    )


def stepped(current: Deployment, version: int, weight: int, step: int) -> Deployment:
    role = "challenger" if weight else "shadow"
    what = Step(role=role, weight=weight, wait_s=60)
    return with_step(current, entry(version), what, rollout=rollout(version, step), capture=current.capture)


def start() -> Deployment:
    return first_deployment(MODEL, entry(1), at=START, capture=CAPTURE)


versions = st.integers(1, 15)
# A release: its version, the weights of its steps, and how it ends.
releases = st.tuples(
    versions, st.lists(st.integers(0, 99), max_size=4), st.sampled_from(["live", "off", "back"])
)


def chain(stories: list[tuple[int, list[int], str]]) -> list[Deployment]:
    """Return each deployment of some releases, one after the other."""
    made = [start()]
    for version, weights, end in stories:
        if version == made[-1].champion.version:
            continue
        for step, weight in enumerate(sorted(weights), start=1):
            made.append(stepped(made[-1], version, weight, step))
        if end == "off" and weights:
            made.append(broken_off(made[-1], at=START))
        else:
            made.append(promoted(made[-1], entry(version), at=START, capture=made[-1].capture))
        if end == "back" and made[-1].before:
            made.append(gone_back(made[-1], entry(made[-1].before[0]), at=START))
    return made


@given(st.lists(releases, max_size=14))
def test_every_deployment_has_one_champion_and_hands_out_all_callers_once(
    stories: list[tuple[int, list[int], str]],
) -> None:
    for place, one in enumerate(chain(stories), start=1):
        assert one.generation == place
        assert [e.role for e in one.versions].count("champion") == 1
        assert sum(e.weight for e in one.versions) == 100
        assert one.champion.slots == ()
        for other in one.others:
            assert len(expand(other.slots)) == other.weight
            assert (other.role == "shadow") == (other.weight == 0)
        assert (one.rollout is not None) == bool(one.others)


@given(st.lists(releases, max_size=14))
def test_whoever_may_come_back_was_champion_and_is_not_now(
    stories: list[tuple[int, list[int], str]],
) -> None:
    made = chain(stories)
    champions: set[int] = set()
    for one in made:
        champions.add(one.champion.version)
        assert set(one.before) <= champions - {one.champion.version}
        assert len(one.before) == len(set(one.before)) <= MAX_BEFORE
        assert one.capture == CAPTURE


@given(versions.filter(lambda v: v != 1), st.lists(st.integers(1, 99), max_size=4))
def test_going_back_after_a_promotion_restores_the_champion_as_it_was(
    version: int, weights: list[int]
) -> None:
    before = start()
    current = before
    for step, weight in enumerate(sorted(weights), start=1):
        current = stepped(current, version, weight, step)
    live = promoted(current, entry(version), at=START, capture=CAPTURE)
    back = gone_back(live, entry(live.before[0]), at=START)
    assert back.versions == before.versions
    assert (back.before, back.replaces, back.rollout) == (before.before, version, None)


@given(st.lists(st.integers(1, 99), min_size=2, max_size=6, unique=True))
def test_callers_of_an_earlier_step_stay_with_the_version(weights: list[int]) -> None:
    current, shown = start(), set()
    for step, weight in enumerate(sorted(weights), start=1):
        current = stepped(current, 2, weight, step)
        slots = set(expand(current.others[0].slots))
        assert shown <= slots
        shown = slots


def test_another_release_hands_out_other_callers() -> None:
    # The hash of callers is another one: what the first handed out means nothing.
    first = stepped(start(), 2, 10, 1)
    other = Step(role="challenger", weight=10, wait_s=1)
    second = with_step(first, entry(2), other, rollout=rollout(2, 1, "another"), capture=CAPTURE)
    assert is_under_way(second, "another")
    assert second.others[0].slots == ((0, 10),)


def test_a_champion_that_is_rolled_back_is_not_one_to_go_back_to() -> None:
    current = start()
    for version in (2, 3):
        current = promoted(current, entry(version), at=START, capture=CAPTURE)
    assert current.before == (2, 1)
    back = gone_back(current, entry(2), at=START)
    assert (back.champion.version, back.before) == (2, (1,))
    assert gone_back(current, entry(1), at=START).before == ()


def test_a_promoted_version_leaves_the_place_it_had_before() -> None:
    current = start()
    for version in (2, 3, 1):
        current = promoted(current, entry(version), at=START, capture=CAPTURE)
    assert current.before == (3, 2)
