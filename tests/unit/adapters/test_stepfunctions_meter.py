from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.fakes.aws import REGION, make_state_machine
from tests.fakes.clock import START
from tideline.adapters.stepfunctions_meter import StepFunctionsMeter
from tideline.domain.costs.usage import Usage
from tideline.errors import HistoryUnreadable, ThrottledByService

MEMORY = {"Prepare": 1024, "Trials": 3008, "Trial": 3008}
ARN = f"arn:aws:states:{REGION}:123456789012:execution:training:churn-d1-s1"
pytestmark = pytest.mark.usefixtures("aws")


def event(number: int, kind: str, *, after: int = 0, at: float = 0, state: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"id": number, "type": kind, "timestamp": START + timedelta(seconds=at)}
    if after:
        made["previousEventId"] = after
    if state:
        made["stateEnteredEventDetails"] = {"name": state}
    return made


def measure(*pages: list[dict[str, Any]]) -> Usage:
    client = boto3.client("stepfunctions", region_name=REGION)
    with Stubber(client) as stub:
        for number, page in enumerate(pages, start=1):
            more = {"nextToken": f"page {number + 1}"} if number < len(pages) else {}
            stub.add_response("get_execution_history", {"events": page, **more})
        return StepFunctionsMeter(client).measure(ARN, memory_mb=MEMORY)


def used(usage: Usage) -> dict[str, tuple[int, int]]:
    return {use.state: (use.calls, use.billed_ms) for use in usage.functions}


def test_a_call_lasts_from_its_start_to_its_answer_and_states_are_counted() -> None:
    usage = measure(
        [
            event(1, "ExecutionStarted"),
            event(2, "TaskStateEntered", after=1, state="Prepare"),
            event(3, "TaskScheduled", after=2, at=1),
            event(4, "TaskStarted", after=3, at=2),
        ],
        [
            event(5, "TaskSucceeded", after=4, at=5.5),
            event(6, "TaskStateExited", after=5, at=5.5),
            event(7, "SucceedStateEntered", after=6, at=6, state="Done"),
        ],
    )
    assert used(usage) == {"Prepare": (1, 3500)}
    assert usage.functions[0].memory_mb == 1024
    assert usage.transitions == 2


def test_a_retry_is_another_call_and_another_transition() -> None:
    usage = measure(
        [
            event(1, "TaskStateEntered", state="Prepare"),
            event(2, "TaskScheduled", after=1, at=0),
            event(3, "TaskStarted", after=2, at=0),
            event(4, "TaskFailed", after=3, at=2),
            event(5, "TaskScheduled", after=4, at=10),
            event(6, "TaskStarted", after=5, at=10),
            event(7, "TaskTimedOut", after=6, at=13),
        ]
    )
    assert used(usage) == {"Prepare": (2, 5000)}
    assert usage.transitions == 2


def test_parallel_trials_are_told_apart_by_their_own_paths() -> None:
    usage = measure(
        [
            event(1, "MapStateEntered", state="Trials"),
            event(2, "TaskStateEntered", after=1, state="Trial"),
            event(3, "TaskStateEntered", after=1, state="Trial"),
            event(4, "TaskScheduled", after=2, at=0),
            event(5, "TaskScheduled", after=3, at=1),
            event(6, "TaskStarted", after=4, at=3),
            event(7, "TaskSucceeded", after=5, at=4),
            event(8, "TaskSucceeded", after=6, at=10),
        ]
    )
    assert used(usage) == {"Trial": (2, 3000 + 7000)}
    assert usage.transitions == 3


def test_a_history_without_paths_gives_the_same_sum_under_the_map_s_name() -> None:
    usage = measure(
        [
            event(1, "MapStateEntered", state="Trials"),
            event(2, "TaskScheduled", at=0),
            event(3, "TaskScheduled", at=1),
            event(4, "TaskSucceeded", at=4),
            event(5, "TaskSucceeded", at=10),
        ]
    )
    assert used(usage) == {"Trials": (2, 4000 + 9000)}


def test_a_call_that_nobody_answered_lasted_to_the_end() -> None:
    usage = measure(
        [
            event(1, "TaskStateEntered", state="Prepare"),
            event(2, "TaskScheduled", after=1, at=1),
            event(3, "ExecutionAborted", at=9),
        ]
    )
    assert used(usage) == {"Prepare": (1, 8000)}


def test_a_function_whose_memory_nobody_knows_is_not_guessed_at() -> None:
    with pytest.raises(HistoryUnreadable, match="the memory of Surprise is not known"):
        measure([event(1, "TaskStateEntered", state="Surprise"), event(2, "TaskScheduled", after=1)])


def test_an_execution_that_is_forgotten_cannot_be_read() -> None:
    make_state_machine("training")
    with pytest.raises(HistoryUnreadable):
        StepFunctionsMeter(boto3.client("stepfunctions", region_name=REGION)).measure(ARN, memory_mb=MEMORY)


def test_a_service_that_asks_for_patience_is_heard() -> None:
    client = boto3.client("stepfunctions", region_name=REGION)
    with Stubber(client) as stub:
        stub.add_client_error("get_execution_history", service_error_code="ThrottlingException")
        with pytest.raises(ThrottledByService):
            StepFunctionsMeter(client).measure(ARN, memory_mb=MEMORY)
