"""The workflows: what they retry by name exists, and nothing swallows a failure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from infra.constructs.workflow import definition
from tideline import errors
from tideline.domain.contract.release_spec import MAX_APPROVAL_S, MAX_STEPS
from tideline.domain.release.judgement import JudgedOutcome

FILES = ("training", "release", "reproduction", "batch")


def states(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in machine["States"].values():
        yield state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def tasks(file: str) -> list[dict[str, Any]]:
    return [s for s in states(json.loads(definition(file))) if s["Type"] == "Task"]


# No step of a workflow speaks to a chat.
_OF_NO_STEP = {errors.ChatUnavailable.__name__}


def leaves(kind: type[Exception]) -> set[str]:
    below = kind.__subclasses__()
    return {kind.__name__} if not below else {name for k in below for name in leaves(k)}


@pytest.mark.parametrize("file", FILES)
def test_every_step_retries_every_transient_error_and_no_permanent_one(file: str) -> None:
    for task in tasks(file):
        retried = {name for rule in task["Retry"] for name in rule["ErrorEquals"]}
        assert leaves(errors.TransientError) - _OF_NO_STEP <= retried
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
    assert all(longest(task) > 0 for task in tasks(file))


def longest(task: dict[str, Any]) -> float:
    """Return how many seconds a task may take at most; an expression is only for what waits for a person."""
    if not task["Resource"].endswith(".waitForTaskToken"):
        assert isinstance(task["TimeoutSeconds"], int)
        return float(task["TimeoutSeconds"])
    assert task["TimeoutSeconds"] == "{% $states.input.approval_within_s + 60 %}"
    return MAX_APPROVAL_S + 60


def test_a_release_may_run_longer_than_the_longest_approval() -> None:
    machine = json.loads(definition("release"))
    (waiting,) = [task for task in tasks("release") if task["Resource"].endswith(".waitForTaskToken")]

    # An hour on top, for everything else that a release does.
    assert machine["TimeoutSeconds"] >= longest(waiting) + 3600


def following(state: dict[str, Any]) -> set[str]:
    named = [state.get("Next"), state.get("Default"), *(c["Next"] for c in state.get("Choices", []))]
    return {name for name in named if name}


def test_only_what_needs_approval_waits_and_whatever_shifts_traffic_has_passed_there() -> None:
    states = json.loads(definition("release"))["States"]
    leading = {name: following(state) for name, state in states.items()}

    assert states["NeedsApproval"]["Choices"][0]["Condition"] == "{% $states.input.needs_approval = true %}"
    assert leading == {
        "Preflight": {"NeedsApproval"},
        "NeedsApproval": {"RequestApproval", "Shift"},
        "RequestApproval": {"Shift"},
        "Shift": {"IsLive"},
        "IsLive": {"Bake", "Done"},
        "Bake": {"Judge"},
        "Judge": {"Verdict"},
        "Verdict": {"Shift", "Hold", "RollBack", "Over"},
        "Hold": {"Judge"},
        "RollBack": set(),
        "Done": set(),
        "Over": set(),
    }


def test_a_judgement_leads_to_what_it_says() -> None:
    verdict = json.loads(definition("release"))["States"]["Verdict"]
    outcomes = {re.findall(r"'(\w+)'", c["Condition"])[0]: c["Next"] for c in verdict["Choices"]}

    assert outcomes == {"go_on": "Shift", "hold": "Hold", "roll_back": "RollBack"}
    assert {*outcomes, "over"} == set(get_args(JudgedOutcome))


# What a step costs that is held for `patience`: pauses grow by a twentieth of the time since the step
# began, from the shortest bake on (`tideline.domain.release.judging.pacing`), with the floor of the workflow.
_EVENTS_A_LOOK = 9
_EVENTS_A_STEP = 9
_HISTORY = 25_000


def looks(patience_s: int, *, floor_s: int, watched_s: int) -> int:
    elapsed, count = float(watched_s), 0
    while elapsed < patience_s:
        elapsed += max(1, watched_s // 10, math.ceil(elapsed / 20), floor_s)
        count += 1
    return count


@pytest.mark.parametrize("watched_s", [1, 60, 600, 86_400])
@pytest.mark.parametrize("days", [1, 7, 30])
def test_no_release_outgrows_the_history_of_its_workflow(days: int, watched_s: int) -> None:
    hold = json.loads(definition("release"))["States"]["Hold"]["Seconds"]
    often, floor_s = map(int, re.findall(r"looks > (\d+) \? (\d+)", hold)[0])
    # Once pauses have their floor, every further step is held at that pace.
    slow = looks(days * 86_400, floor_s=floor_s, watched_s=watched_s)
    fast = looks(days * 86_400, floor_s=0, watched_s=watched_s)
    most = min(MAX_STEPS * fast, often + fast + MAX_STEPS * slow)

    assert (most * _EVENTS_A_LOOK) + MAX_STEPS * _EVENTS_A_STEP < _HISTORY


@pytest.mark.parametrize("file", FILES)
def test_where_timeouts_are_not_evaluated_every_task_has_a_number(file: str) -> None:
    machine = json.loads(definition(file, evaluates_timeouts=False))

    assert all(isinstance(s["TimeoutSeconds"], int) for s in states(machine) if s["Type"] == "Task")


def test_shards_are_scored_in_executions_of_their_own_and_none_may_fail() -> None:
    machine = json.loads(definition("batch", concurrency=3))
    (scoring,) = (state for state in machine["States"].values() if state["Type"] == "Map")

    assert scoring["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert scoring["MaxConcurrency"] == 3
    # Without a tolerance one failed shard fails the job; outputs would pass 256 KB with enough shards.
    assert not any(name.startswith("Tolerated") for name in scoring)
    assert scoring["ResultPath"] is None


def test_where_states_mix_their_languages_the_machine_speaks_the_older_one() -> None:
    """Step Functions lets a state speak JSONata in a JSONPath machine, and not the other way round."""
    machine = json.loads(definition("batch"))

    assert "QueryLanguage" not in machine
    assert all(
        s.get("QueryLanguage") == "JSONata" for s in states(machine) if s["Type"] in ("Task", "Choice")
    )


def test_there_is_a_test_for_every_workflow() -> None:
    folder = Path(__file__).parents[2] / "infra/statemachines"

    assert {path.name.removesuffix(".asl.json") for path in folder.iterdir()} == set(FILES)
