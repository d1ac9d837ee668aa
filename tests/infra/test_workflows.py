"""The workflows: what they retry by name exists, and nothing swallows a failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.constructs.workflow import definition
from tideline import errors

FILES = ("training", "release", "reproduction")


def states(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in machine["States"].values():
        yield state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def tasks(file: str) -> list[dict[str, Any]]:
    return [s for s in states(json.loads(definition(file))) if s["Type"] == "Task"]


def leaves(kind: type[Exception]) -> set[str]:
    below = kind.__subclasses__()
    return {kind.__name__} if not below else {name for k in below for name in leaves(k)}


@pytest.mark.parametrize("file", FILES)
def test_every_step_retries_every_transient_error_and_no_permanent_one(file: str) -> None:
    for task in tasks(file):
        retried = {name for rule in task["Retry"] for name in rule["ErrorEquals"]}
        assert leaves(errors.TransientError) <= retried
        assert not retried & leaves(errors.PermanentError)


@pytest.mark.parametrize("file", FILES)
def test_retries_wait_with_jitter(file: str) -> None:
    rules = [rule for task in tasks(file) for rule in task["Retry"]]

    assert rules
    assert {rule["JitterStrategy"] for rule in rules} == {"FULL"}


@pytest.mark.parametrize("file", FILES)
def test_nothing_swallows_a_failure(file: str) -> None:
    machine = json.loads(definition(file))

    assert not any("Catch" in state for state in states(machine))
    assert machine["TimeoutSeconds"] > 0
    assert all(task["TimeoutSeconds"] > 0 for task in tasks(file))


def test_there_is_a_test_for_every_workflow() -> None:
    folder = Path(__file__).parents[2] / "infra/statemachines"

    assert {path.name.removesuffix(".asl.json") for path in folder.iterdir()} == set(FILES)
