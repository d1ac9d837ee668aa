"""Each handler with its own wiring: from the message in the queue to what the world hears."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.fakes.aws import GROUP, REGION
from tests.fakes.messages import aws_sample, bus_event, failures, object_created, sqs_batch
from tests.fakes.samples import MODEL, SPEC_TEXT, order, run, version
from tests.unit.functions.conftest import Cloud
from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbVersionRegistry
from tideline.domain.training.run import RunStatus

Call = Callable[[str, dict[str, Any]], Any]
RUN = order().run_id
ON_QUEUES = (
    "apply_spec",
    "ingest_data",
    "admit_run",
    "conclude_run",
    "start_release",
    "conclude_release",
    "roll_back",
)
CSV = b"age,plan,spent\n1,a,10\n2,b,20\n"


def apply(cloud: Cloud, call: Call) -> None:
    dropped = cloud.drop(f"{MODEL}/model.yaml", SPEC_TEXT)
    assert failures(call("apply_spec", sqs_batch(object_created(dropped)))) == []


def ingest(cloud: Cloud, call: Call) -> None:
    apply(cloud, call)
    dropped = cloud.drop(f"{MODEL}/data/a b+c%2F ü.csv", CSV)
    assert failures(call("ingest_data", sqs_batch(object_created(dropped)))) == []


def admit(cloud: Cloud, call: Call) -> None:
    ingest(cloud, call)
    accepted = bus_event("DatasetAccepted", model=MODEL, dataset_version=1)
    assert failures(call("admit_run", sqs_batch(accepted))) == []


def test_a_dropped_spec_is_applied(cloud: Cloud, call: Call) -> None:
    apply(cloud, call)
    assert cloud.types() == ["SpecApplied"]
    assert DynamoDbSpecRegistry(cloud.table).models() == [MODEL]


def test_a_dropped_file_is_accepted_whatever_its_key(cloud: Cloud, call: Call) -> None:
    ingest(cloud, call)
    assert cloud.types() == ["SpecApplied", "DatasetAccepted"]
    assert json.loads(cloud.told[-1]["Detail"])["object_key"] == f"{MODEL}/data/a b+c%2F ü.csv"
    (batch,) = DynamoDbDatasetRegistry(cloud.table).batches(MODEL)
    assert batch.rows == 2
    assert cloud.lake.current_version(f"{MODEL}/datasets/{batch.sha256}.parquet")


def test_a_batch_in_any_order_with_duplicates_ends_in_the_same_state(cloud: Cloud, call: Call) -> None:
    objects = [cloud.drop(f"{MODEL}/data/{n}.csv", CSV + b"%d,a,1\n" % n) for n in range(4)]
    cloud.drop(f"{MODEL}/model.yaml", SPEC_TEXT)
    messages = [object_created(dropped) for dropped in objects] * 3
    random.Random(7).shuffle(messages)
    assert failures(call("ingest_data", sqs_batch(*messages[:10]))) == []
    assert failures(call("ingest_data", sqs_batch(*messages[10:]))) == []
    assert DynamoDbDatasetRegistry(cloud.table).latest_version(MODEL) == 4
    assert sorted(cloud.types()) == ["DatasetAccepted"] * 4 + ["SpecApplied"]


def test_one_poison_message_in_ten_fails_alone(cloud: Cloud, call: Call) -> None:
    apply(cloud, call)
    good = [object_created(cloud.drop(f"{MODEL}/data/{n}.csv", CSV + b"%d,a,1\n" % n)) for n in range(9)]
    messages: list[dict[str, Any] | str] = [*good[:4], "{no json", *good[4:]]
    assert failures(call("ingest_data", sqs_batch(*messages))) == ["m4"]
    assert DynamoDbDatasetRegistry(cloud.table).latest_version(MODEL) == 9
    assert len(DynamoDbReceiptRegistry(cloud.table).all(MODEL)) == 10


def test_what_is_no_event_goes_back_to_the_queue(cloud: Cloud, call: Call) -> None:
    bodies = ["", "null", "[]", "{}", json.dumps({"id": 1}), "\x00"]
    for function in ON_QUEUES:
        assert len(failures(call(function, sqs_batch(*bodies)))) == len(bodies), function


def test_accepted_data_starts_a_run_once(cloud: Cloud, call: Call) -> None:
    admit(cloud, call)
    accepted = bus_event("DatasetAccepted", model=MODEL, dataset_version=1)
    assert failures(call("admit_run", sqs_batch(*[accepted] * 9))) == []
    assert cloud.executions("training") == [RUN]
    assert cloud.types().count("TrainingStarted") == 1


@pytest.mark.parametrize(
    "detail",
    [
        {"model": "../../etc"},
        {"model": 7},
        {"model": "m" * 100_000},
        {"force": "perhaps"},
        {"surprise": 1},
        {f"{'x' * 1_000}{n}": n for n in range(200)},
        {"schema_version": 2},
    ],
)
def test_a_malformed_command_is_answered_and_not_tried_again(
    cloud: Cloud, call: Call, detail: dict[str, Any]
) -> None:
    assert failures(call("admit_run", sqs_batch(bus_event("RetrainRequested", **detail)))) == []
    (entry,) = cloud.told
    told = json.loads(entry["Detail"])
    assert (entry["DetailType"], told["reason"]) == ("RetrainDenied", "malformed")
    assert len(entry["Detail"]) < 5_000
    assert told["model"] in ("", "doctor-visits")


def test_a_command_for_a_model_that_is_not_there_is_answered(cloud: Cloud, call: Call) -> None:
    assert failures(call("admit_run", sqs_batch(bus_event("RetrainRequested", model="nobody")))) == []
    assert json.loads(cloud.told[0]["Detail"])["reason"] == "unknown_model"


@pytest.mark.parametrize(
    ("function", "stranger"), [("admit_run", "ModelDeployed"), ("start_release", "RunFailed")]
)
def test_an_event_that_no_rule_should_send_is_kept_for_a_person(
    cloud: Cloud, call: Call, function: str, stranger: str
) -> None:
    assert failures(call(function, sqs_batch(bus_event(stranger)))) == ["m0"]


def test_harmful_drift_waits_for_data_and_the_cooldown_and_is_woken(cloud: Cloud, call: Call) -> None:
    text = SPEC_TEXT + b"retraining: {on: [drift], cooldown: 6h}\n"
    dropped = cloud.drop(f"{MODEL}/model.yaml", text)
    call("apply_spec", sqs_batch(object_created(dropped)))
    file = cloud.drop(f"{MODEL}/data/a.csv", CSV)
    call("ingest_data", sqs_batch(object_created(file)))
    call("admit_run", sqs_batch(bus_event("DatasetAccepted", model=MODEL, dataset_version=1)))
    call("conclude_run", sqs_batch(aws_sample("execution-status-change")))
    more = cloud.drop(f"{MODEL}/data/b.csv", CSV + b"3,a,30\n")
    call("ingest_data", sqs_batch(object_created(more)))
    harmless = bus_event("DriftDetected", model=MODEL, severity="warning")
    harmful = bus_event("DriftDetected", model=MODEL, severity="retrain")
    cloud.told.clear()

    assert failures(call("admit_run", sqs_batch(harmless, harmful, harmful))) == []

    (entry,) = cloud.told
    told = json.loads(entry["Detail"])
    assert (told["reason"], told["trigger"], told["remembered"]) == ("cooldown", "drift", True)
    scheduler = boto3.client("scheduler", region_name=REGION)
    names = {made["Name"] for made in scheduler.list_schedules(GroupName=GROUP)["Schedules"]}
    (wake_up,) = names - {f"{MODEL}.look"}
    assert wake_up.startswith(f"{MODEL}.")
    assert cloud.executions("training") == [RUN]
    woken = bus_event("ReviewRequested", model=MODEL)
    assert failures(call("admit_run", sqs_batch(woken, woken))) == []
    assert len(cloud.told) == 1


def test_a_failed_execution_concludes_its_run(cloud: Cloud, call: Call) -> None:
    admit(cloud, call)
    ended = aws_sample("execution-status-change")
    assert failures(call("conclude_run", sqs_batch(ended, ended))) == []
    kept = DynamoDbRunRegistry(cloud.table).load(MODEL, RUN)
    assert kept is not None
    assert kept.failure is not None
    assert (kept.status, kept.failure.error, kept.failure.cause) == (
        RunStatus.FAILED,
        "TrainingImpossible",
        "one class only",
    )
    assert cloud.types().count("RunFailed") == 1
    assert DynamoDbRunRegistry(cloud.table).in_flight(MODEL) is None


def test_the_end_of_something_else_is_nobodys_business(cloud: Cloud, call: Call) -> None:
    ended = aws_sample("execution-status-change", name="by-hand")
    for function in ("conclude_run", "conclude_release"):
        assert failures(call(function, sqs_batch(ended))) == []
    assert cloud.told == []


def test_a_registered_model_starts_its_release(cloud: Cloud, call: Call) -> None:
    apply(cloud, call)
    DynamoDbVersionRegistry(cloud.table).register(version(1))
    registered = bus_event("ModelRegistered", model=MODEL, version=1)
    assert failures(call("start_release", sqs_batch(registered, registered))) == []
    (name,) = cloud.executions("release")
    assert name.startswith(f"{MODEL}-v1-")


@pytest.mark.parametrize("detail", [{"version": 0}, {"version": "one"}, {"model": "UPPER"}])
def test_a_malformed_release_command_is_answered(cloud: Cloud, call: Call, detail: dict[str, Any]) -> None:
    assert failures(call("start_release", sqs_batch(bus_event("ReleaseRequested", **detail)))) == []
    (entry,) = cloud.told
    told = json.loads(entry["Detail"])
    assert (entry["DetailType"], told["error"]) == ("RunFailed", "Malformed")
    assert next(iter(detail)) in told["cause"]


def test_a_release_command_for_nothing_is_answered(cloud: Cloud, call: Call) -> None:
    assert failures(call("start_release", sqs_batch(bus_event("ReleaseRequested", version=9)))) == []
    assert json.loads(cloud.told[0]["Detail"])["error"] == "UnknownVersion"


def test_a_failed_release_is_noted(cloud: Cloud, call: Call) -> None:
    DynamoDbVersionRegistry(cloud.table).register(version(1))
    ended = aws_sample(
        "execution-status-change", name=f"{MODEL}-v1-0a1b2c3d4e5f", error="PreflightFailed", cause="x"
    )
    assert failures(call("conclude_release", sqs_batch(ended))) == []
    assert "PreflightFailed" in DynamoDbVersionRegistry(cloud.table).load(MODEL, 1).note


def test_everything_of_a_model_can_be_listed(cloud: Cloud, call: Call) -> None:
    ingest(cloud, call)
    runs, versions = DynamoDbRunRegistry(cloud.table), DynamoDbVersionRegistry(cloud.table)
    runs.begin(run(), event_id="e")
    versions.register(version(1))
    assert [r.order.run_id for r in runs.all(MODEL)] == [RUN]
    assert [v.number for v in versions.all(MODEL)] == [1]
    outcomes = [receipt.outcome for receipt in DynamoDbReceiptRegistry(cloud.table).all(MODEL)]
    assert outcomes == ["accepted", "accepted"]


def test_a_spec_with_a_schedule_sets_it(cloud: Cloud, call: Call) -> None:
    text = SPEC_TEXT + b"retraining: {on: [schedule], schedule: rate(1 hour)}\n"
    call("apply_spec", sqs_batch(object_created(cloud.drop(f"{MODEL}/model.yaml", text))))
    made = boto3.client("scheduler", region_name=REGION).list_schedules()["Schedules"]
    assert {schedule["Name"] for schedule in made} == {MODEL, f"{MODEL}.look"}
