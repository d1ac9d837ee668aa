"""What must not go wrong, on the local cloud: failed runs, lost locks, reach beyond a role."""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest
from botocore.exceptions import ClientError

from tests.integration.cloud import Cloud, wait
from tests.integration.conftest import Heard
from tideline.domain.intake.dropped_object import ObjectOutcome
from tideline.domain.training.run import RunStatus

pytestmark = pytest.mark.integration

SPEC = """
model: {model}
task: {task}
target: {target}
features:
  a: {{type: number}}
  b: {{type: category}}
training: {{trials: 2}}
evaluation: {{margin: 1000}}
"""


def spec(model: str, task: str, target: str = "y") -> bytes:
    return SPEC.format(model=model, task=task, target=target).encode()


def test_a_failed_run_leaves_a_record_and_gives_the_lock_back(cloud: Cloud, heard: Heard) -> None:
    rows = "\n".join(f"{i},x,1" for i in range(500))
    cloud.drop("constant/model.yaml", spec("constant", "regression"))
    dropped = cloud.drop("constant/data/all-equal.csv", f"a,b,y\n{rows}\n".encode())

    assert cloud.answer("constant", dropped).outcome is ObjectOutcome.ACCEPTED
    run = cloud.finished("constant", "constant-d1-s1")
    assert run.status is RunStatus.FAILED
    assert run.failure is not None
    assert (run.failure.stage, run.failure.error) == ("Prepare", "TrainingImpossible")
    told = wait(lambda: heard.of("RunFailed") or None, "RunFailed")
    assert told[0]["run_id"] == run.order.run_id
    cloud.lock_is_free("constant")

    cloud.send("RetrainRequested", {"model": "constant"})
    assert cloud.finished("constant", "constant-d1-s1-a2").status is RunStatus.FAILED


@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_every_task_goes_live_and_answers(cloud: Cloud, visits: pd.DataFrame, task: str) -> None:
    frame = pd.DataFrame({"a": visits["disea"], "b": visits["idp"].map({0.0: "free", 1.0: "deductible"})})
    health = visits["hlthg"] + 2 * visits["hlthf"] + 2 * visits["hlthp"]
    numbers = visits["lpi"] + visits["disea"] / 10
    frame["y"] = numbers if task == "regression" else health.map({0: "excellent", 1: "good"}).fillna("poor")
    cloud.drop(f"{task}/model.yaml", spec(task, task))
    cloud.drop(f"{task}/data/rows.jsonl", frame.iloc[:4000].to_json(orient="records", lines=True).encode())

    run = cloud.finished(task, f"{task}-d1-s1")
    assert run.status is RunStatus.REGISTERED, run
    cloud.deployed(task, 1)
    status, answer = cloud.predict(task, b'{"instances": [{"a": 11.5, "b": "never seen"}]}')
    assert status == 200, answer
    value = answer["predictions"][0]["value"]
    assert isinstance(value, float) if task == "regression" else value in ("excellent", "good", "poor")


def test_data_for_an_unknown_model_is_answered(cloud: Cloud) -> None:
    dropped = cloud.drop("nobody/data/rows.csv", b"a,b\n1,2\n")
    receipt = cloud.answer("nobody", dropped)

    assert (receipt.outcome, receipt.reason) == (ObjectOutcome.QUARANTINED, "unknown_model")


def test_an_object_at_no_known_place_is_answered(cloud: Cloud) -> None:
    dropped = cloud.drop("No Model/some where/ä+b %2F.csv", b"a\n1\n")
    receipt = cloud.answer("", dropped)

    assert (receipt.outcome, receipt.reason) == (ObjectOutcome.QUARANTINED, "unknown_area")


def test_a_call_beyond_a_role_is_refused(cloud: Cloud) -> None:
    """The control: without it, a stack whose grants are all too wide would pass as well."""
    cloud.predict("nobody", b'{"instances": [{}]}')
    arn = cloud.client("lambda").get_function(FunctionName=cloud.output("PredictFunction"))["Configuration"]
    # The session that MiniStack 1.5.33 gives to a function's workers (core/lambda_runtime.py).
    digest = hashlib.sha256(f"{arn['FunctionArn']}:{arn['Role']}".encode()).hexdigest()
    session = {
        "aws_access_key_id": f"ASIA{digest[:16].upper()}",
        "aws_secret_access_key": hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        "aws_session_token": hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    }
    table = cloud.output("RegistryTable")
    as_predict = cloud.client("dynamodb", **session)
    key = {"pk": {"S": "MODEL#nobody"}, "sk": {"S": "DEPLOYMENT"}}

    assert "Item" not in as_predict.get_item(TableName=table, Key=key)
    with pytest.raises(ClientError, match="AccessDenied"):
        as_predict.put_item(TableName=table, Item=key)
    with pytest.raises(ClientError, match="AccessDenied"):
        cloud.client("s3", **session).list_objects_v2(Bucket=cloud.output("InboxBucket"))
