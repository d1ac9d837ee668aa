"""A release in steps and the ways back from it, through the handlers, on moto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.clock import START
from tests.fakes.messages import aws_sample, bus_event, failures, sqs_batch
from tests.fakes.samples import MODEL, spec, version
from tests.unit.functions.conftest import Cloud
from tests.unit.services.test_release import manifest_of
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.domain import keys
from tideline.domain.contract.release_spec import CanaryStrategy
from tideline.domain.contract.spec import SpecHead
from tideline.domain.release.deployment import Deployment
from tideline.domain.release.release_order import ReleaseOrder
from tideline.domain.release.version import VersionState

Call = Callable[..., Any]


def order(number: int, generation: int) -> ReleaseOrder:
    return ReleaseOrder(
        model=MODEL,
        version=number,
        release_id=f"{MODEL}-v{number}-0a1b2c3d4e5f",
        generation=generation,
        strategy=CanaryStrategy(canary=(5, 100)),
    )


def payload(number: int, generation: int, step: int) -> dict[str, Any]:
    return {"order": order(number, generation).model_dump(mode="json"), "step": step, "reasons": ["worse"]}


@pytest.fixture
def rolling(cloud: Cloud, call: Call) -> Cloud:
    """A model whose first version is live, and whose second answers a few callers."""
    DynamoDbSpecRegistry(cloud.table).append(spec(), head=SpecHead(), at=START)
    for number in (1, 2):
        DynamoDbVersionRegistry(cloud.table).register(version(number))
        content = manifest_of(number).model_dump_json().encode()
        cloud.lake.write(keys.version_key(MODEL, number, "manifest.json"), content)
    assert call("shift_traffic", payload(1, 0, 1))["outcome"] == "live"
    assert call("shift_traffic", payload(2, 1, 1))["outcome"] == "under_way"
    return cloud


def deployed(cloud: Cloud) -> Deployment:
    found = DynamoDbDeploymentRegistry(cloud.table).load(MODEL)
    assert found is not None
    return found


def state(cloud: Cloud, number: int) -> VersionState:
    return DynamoDbVersionRegistry(cloud.table).load(MODEL, number).state


def test_a_step_says_what_the_workflow_reads(rolling: Cloud, call: Call) -> None:
    again = call("shift_traffic", payload(2, 1, 1))
    assert again == {
        "outcome": "under_way",
        "live": False,
        "strategy": "canary",
        "step": 1,
        "steps": 2,
        "weight": 5,
        "champion": 1,
        "generation": 2,
        "wait_s": 600,
    }
    assert call("shift_traffic", payload(2, 1, 2))["outcome"] == "live"
    assert call("shift_traffic", payload(2, 1, 2))["generation"] == 3


def test_the_judge_breaks_a_release_off_once(rolling: Cloud, call: Call) -> None:
    answers = [call("break_off", payload(2, 1, 1)) for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0]["outcome"], answers[0]["champion"], answers[0]["generation"]) == ("rolled_back", 1, 3)
    assert state(rolling, 2) is VersionState.ROLLED_BACK
    assert call("shift_traffic", payload(2, 1, 2))["outcome"] == "over"


def test_a_command_goes_back_once_however_often_it_is_delivered(rolling: Cloud, call: Call) -> None:
    event = bus_event("RollbackRequested", model=MODEL, version=2)
    assert failures(call("roll_back", sqs_batch(event, event))) == []
    assert failures(call("roll_back", sqs_batch(event))) == []
    assert (deployed(rolling).generation, deployed(rolling).champion.version) == (3, 1)
    assert state(rolling, 2) is VersionState.ROLLED_BACK


def test_an_alarm_breaks_off_what_is_under_way(rolling: Cloud, call: Call) -> None:
    event = aws_sample("alarm-state-change")
    event["time"] = "2126-03-01T12:10:00Z"
    assert failures(call("roll_back", sqs_batch(event, event))) == []
    assert deployed(rolling).generation == 3
    assert rolling.types().count("ModelRolledBack") == 2


def test_a_malformed_command_to_go_back_is_answered(rolling: Cloud, call: Call) -> None:
    assert failures(call("roll_back", sqs_batch(bus_event("RollbackRequested", version=0)))) == []
    assert rolling.types()[-1] == "RunFailed"


def test_the_end_of_a_workflow_leaves_no_challenger_in_nobodys_way(rolling: Cloud, call: Call) -> None:
    DynamoDbVersionRegistry(rolling.table).register(version(3))
    wanted = bus_event("ReleaseRequested", model=MODEL, version=3)
    ended = aws_sample("execution-status-change", name=order(2, 1).release_id, error="X", cause="y")
    assert failures(call("conclude_release", sqs_batch(ended))) == []
    assert deployed(rolling).rollout is None
    assert state(rolling, 2) is VersionState.CANDIDATE
    assert failures(call("start_release", sqs_batch(wanted))) == []
    assert len(rolling.executions("release")) == 1
