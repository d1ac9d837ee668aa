"""A deployment is changed together with the memory of what changed it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.conftest import Registries
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, deployment, version
from tideline.domain.release.deployment import Rollout
from tideline.domain.release.move import Move
from tideline.domain.release.plan import Step
from tideline.domain.release.shifting import broken_off, with_step
from tideline.domain.release.version import VersionState
from tideline.errors import RegistryConflict

CANDIDATE, LIVE, RELEASING = VersionState.CANDIDATE, VersionState.LIVE, VersionState.RELEASING
ROLLED_BACK = VersionState.ROLLED_BACK


def move(cause: str, generation: int, **fields: Any) -> Move:
    base: dict[str, Any] = {
        "model": MODEL,
        "cause": cause,
        "kind": "step",
        "version": 2,
        "champion": 1,
        "generation": generation,
        "at": START,
    }
    return Move.model_validate(base | fields)


@pytest.fixture
def rolling(registries: Registries) -> Registries:
    for number in (1, 2):
        registries.versions.register(version(number))
    first = deployment(1)
    registries.deployments.replace(first, states={1: (CANDIDATE, LIVE)})
    rollout = Rollout(release_id="r", version=2, strategy="canary", step=1, steps=2, since=START)
    step = Step(role="challenger", weight=5, wait_s=60)
    after = with_step(first, deployment(2).champion, step, rollout=rollout, capture=first.capture)
    registries.deployments.replace(after, states={2: (CANDIDATE, RELEASING)}, move=move("r#1", 2))
    return registries


def end(registries: Registries, cause: str) -> None:
    current = registries.deployments.load(MODEL)
    assert current is not None
    registries.deployments.replace(
        broken_off(current, at=START),
        states={2: (RELEASING, ROLLED_BACK)},
        move=move(cause, current.generation + 1, kind="break_off", by="judge", reasons=("it is worse",)),
    )


def test_a_move_is_found_under_its_cause_and_as_the_last(rolling: Registries) -> None:
    assert rolling.deployments.moved(MODEL, "r#1") == move("r#1", 2)
    assert rolling.deployments.last_move(MODEL) == move("r#1", 2)
    assert rolling.deployments.moved(MODEL, "r#2") is None
    end(rolling, "r#judged")
    last = rolling.deployments.last_move(MODEL)
    assert last is not None
    assert last.kind == "break_off"
    assert rolling.deployments.moved(MODEL, "r#1") == move("r#1", 2)


def test_a_deployment_that_no_cause_made_has_no_move(registries: Registries) -> None:
    registries.versions.register(version(1))
    assert registries.deployments.last_move(MODEL) is None
    registries.deployments.replace(deployment(1), states={1: (CANDIDATE, LIVE)})
    assert registries.deployments.last_move(MODEL) is None


def test_a_cause_moves_a_deployment_once(rolling: Registries) -> None:
    with pytest.raises(RegistryConflict):
        end(rolling, "r#1")
    current = rolling.deployments.load(MODEL)
    assert current is not None
    assert (current.generation, rolling.versions.load(MODEL, 2).state) == (2, RELEASING)


def test_whoever_is_rolled_back_is_noted_why(rolling: Registries) -> None:
    end(rolling, "r#judged")
    gone = rolling.versions.load(MODEL, 2)
    assert (gone.state, gone.note) == (ROLLED_BACK, "rolled back by judge: it is worse")
