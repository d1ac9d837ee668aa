"""What the workflows hand to each function is what its model takes, field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from infra.constructs.workflow import definition
from tideline.domain.batch.order import ConclusionTask, ShardTask, SplitFile, SplitStatus
from tideline.domain.release.approval import ApprovalTask
from tideline.domain.release.judgement import Judgement
from tideline.domain.release.release_order import ReleaseOrder, Shifted, ShiftTask
from tideline.domain.release.reproduction import Reproduced, ReproductionOrder
from tideline.domain.training.run import (
    EvaluationTask,
    FitTask,
    FittedModel,
    Prepared,
    RegistrationTask,
    RunOrder,
    TrialTask,
)

TASKS: dict[str, type[BaseModel]] = {
    "RunTrial": TrialTask,
    "FitModel": FitTask,
    "EvaluateModel": EvaluationTask,
    "RegisterModel": RegistrationTask,
}
WHOLE_INPUT = "{% $states.input %}"


def states(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in machine["States"].values():
        yield state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def calls(file: str) -> dict[str, Any]:
    """Return each function's payload, by the name it is substituted for."""
    tasks = [s["Arguments"] for s in states(json.loads(definition(file))) if s["Type"] == "Task"]
    return {task["FunctionName"].strip("${}"): task["Payload"] for task in tasks}


def map_state() -> dict[str, Any]:
    return next(s for s in states(json.loads(definition("training"))) if s["Type"] == "Map")


@pytest.mark.parametrize("function", ["FitModel", "EvaluateModel", "RegisterModel"])
def test_a_payload_has_the_fields_of_its_task(function: str) -> None:
    assert set(calls("training")[function]) == set(TASKS[function].model_fields)


def test_each_trial_gets_the_fields_of_its_task() -> None:
    assert calls("training")["RunTrial"] == WHOLE_INPUT
    assert set(map_state()["ItemSelector"]) == set(TrialTask.model_fields)
    assert map_state()["Items"] == "{% $states.input.trials %}"
    assert "trials" in Prepared.model_fields


def test_the_first_states_take_the_order_as_it_is() -> None:
    assert calls("training")["PrepareData"] == WHOLE_INPUT
    assert calls("release")["CheckCandidate"] == WHOLE_INPUT
    assert {"run_id", "seed"} <= set(RunOrder.model_fields)
    assert {"version", "generation", "needs_approval", "approval_within_s"} <= set(ReleaseOrder.model_fields)


def test_each_step_of_a_release_gets_the_order_and_where_it_is() -> None:
    preflight = json.loads(definition("release"))["States"]["Preflight"]
    assert set(preflight["Assign"]) == {*ShiftTask.model_fields, "looks"}
    assert preflight["Assign"]["order"] == WHOLE_INPUT
    for name in ("ShiftTraffic", "BreakOff"):
        assert calls("release")[name] == {field: f"{{% ${field} %}}" for field in ShiftTask.model_fields}
    assert calls("release")["JudgeRelease"] == {"order": "{% $order %}", "step": "{% $step %}"}


def test_the_release_workflow_reads_what_its_functions_answer() -> None:
    states = json.loads(definition("release"))["States"]
    named = re.findall(r"\$states\.input\.(\w+)", json.dumps([states["IsLive"], states["Bake"]]))
    assert set(named) == {"outcome", "wait_s"} <= set(Shifted.model_fields)
    judged = re.findall(
        r"(?:input|Payload)\.(\w+)", json.dumps([states["Judge"], states["Verdict"], states["Hold"]])
    )
    assert set(judged) == {"outcome", "reasons", "wait_s"} <= set(Judgement.model_fields)


def test_who_asks_for_an_approval_gets_the_order_and_the_token_that_wakes_the_workflow() -> None:
    payload = calls("release")["RequestApproval"]
    assert set(payload) == set(ApprovalTask.model_fields)
    assert payload == {"order": WHOLE_INPUT, "task_token": "{% $states.context.Task.Token %}"}


def test_there_is_a_test_for_every_function() -> None:
    assert set(calls("training")) == {*TASKS, "PrepareData"}
    assert set(calls("release")) == {
        "CheckCandidate",
        "RequestApproval",
        "ShiftTraffic",
        "JudgeRelease",
        "BreakOff",
    }
    assert set(calls("reproduction")) == {"PrepareData", "FitModel", "EvaluateModel"}


@pytest.mark.parametrize("function", ["FitModel", "EvaluateModel"])
def test_a_reproduction_hands_on_the_fields_of_each_task(function: str) -> None:
    assert set(calls("reproduction")[function]) == set(TASKS[function].model_fields)


def test_a_reproduction_takes_its_order_and_gives_its_result_field_by_field() -> None:
    machine = json.loads(definition("reproduction"))["States"]
    taken = {*machine["Prepare"]["Assign"].values(), calls("reproduction")["PrepareData"]}
    same, other = machine["Same"]["Output"], machine["Evaluate"]["Output"]

    assert taken == {f"{{% $states.input.{name} %}}" for name in ReproductionOrder.model_fields}
    assert set(other) == set(Reproduced.model_fields)
    assert {"fitted"} == set(same) <= set(Reproduced.model_fields)
    assert "sha256" in FittedModel.model_fields


def test_a_batch_hands_on_the_fields_of_each_task() -> None:
    machine = json.loads(definition("batch"))["States"]
    (shard,) = machine["Score"]["ItemProcessor"]["States"].values()

    assert set(calls("batch")) == {"SplitBatch", "ScoreShard", "ConcludeBatch"}
    assert calls("batch")["SplitBatch"] == WHOLE_INPUT
    assert set(machine["Split"]["Output"]) == set(ConclusionTask.model_fields)
    assert {name.removesuffix(".$") for name in machine["Score"]["ItemSelector"]} == set(
        ShardTask.model_fields
    )
    assert shard["Arguments"]["Payload"] == calls("batch")["ConcludeBatch"] == WHOLE_INPUT
    assert machine["Score"]["ItemReader"]["Parameters"]["Key.$"] == "$.split.shards_key"
    assert "shards_key" in SplitFile.model_fields
    assert (
        machine["Usable"]["Choices"][0]["Condition"]
        == f"{{% $states.input.split.status = '{SplitStatus.SPLIT}' %}}"
    )


def test_a_reproduction_changes_nothing_that_is_recorded() -> None:
    assert not {"RegisterModel", "ShiftTraffic", "AdmitRun"} & set(calls("reproduction"))
