"""The functions of a batch on moto: the wiring, the payloads between them, duplicates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from tests.fakes.messages import aws_sample, failures, object_created, sqs_batch
from tests.fakes.samples import MODEL, deployment, version
from tests.unit.adapters.batch import conftest as model
from tests.unit.functions.conftest import Cloud
from tests.unit.services.batch_world import _manifest
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.domain import keys
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome
from tideline.domain.release.version import VersionState

Call = Callable[[str, dict[str, Any]], Any]
artifact = model.artifact
ROWS = b"customer,age,plan,row\nc1,30,basic,1\nc2,-1,basic,2\nc3,40,plus,3\n"


def deploy(cloud: Cloud, artifact: bytes) -> None:
    key = keys.version_key(MODEL, 1, "model.onnx")
    manifest = _manifest(MODEL, 1, artifact).model_dump_json().encode()
    cloud.lake.write(key, artifact)
    cloud.lake.write(keys.version_key(MODEL, 1, "manifest.json"), manifest)
    sha256 = hashlib.sha256(manifest).hexdigest()
    DynamoDbVersionRegistry(cloud.table).register(version(1, manifest_sha256=sha256))
    made = deployment(1)
    entry = made.champion.model_copy(
        update={"key": key, "sha256": hashlib.sha256(artifact).hexdigest(), "signature": model.SIGNATURE}
    )
    DynamoDbDeploymentRegistry(cloud.table).replace(
        made.model_copy(update={"versions": (entry,)}),
        states={1: (VersionState.CANDIDATE, VersionState.LIVE)},
    )


def order_of(cloud: Cloud, dropped: DroppedObject) -> dict[str, Any]:
    from tideline.adapters import aws

    machine = "arn:aws:states:eu-central-1:123456789012:execution:batch:"
    name = keys.object_id(dropped.key, dropped.version_id)
    told = aws.stepfunctions().describe_execution(executionArn=machine + name)
    found: dict[str, Any] = json.loads(told["input"])
    return found


def test_a_dropped_batch_passes_from_function_to_function(cloud: Cloud, call: Call, artifact: bytes) -> None:
    deploy(cloud, artifact)
    dropped = cloud.drop(f"{MODEL}/batch/march.csv", ROWS)
    event = sqs_batch(object_created(dropped), object_created(dropped))
    assert failures(call("start_batch", event)) == []
    assert failures(call("ingest_data", event)) == []
    assert cloud.executions("batch") == [keys.object_id(dropped.key, dropped.version_id)]
    order = order_of(cloud, dropped)
    split = call("split_batch", order)
    (shard,) = json.loads(cloud.lake.read(split["shards_key"]))
    assert call("score_shard", {"order": order, "shard": shard}) == {"scored": 2, "refused": 0}
    receipts = [call("conclude_batch", {"order": order, "split": split}) for _ in range(2)]

    assert {receipt["outcome"] for receipt in receipts} == {"accepted"}
    assert cloud.types().count("BatchScored") == 1
    assert "DatasetQuarantined" not in cloud.types()


def test_a_job_that_failed_is_told_once(cloud: Cloud, call: Call, artifact: bytes) -> None:
    deploy(cloud, artifact)
    dropped = cloud.drop(f"{MODEL}/batch/march.csv", ROWS)
    call("start_batch", sqs_batch(object_created(dropped)))
    order = order_of(cloud, dropped)
    ended = aws_sample(
        "execution-status-change",
        executionArn=f"arn:aws:states:eu-central-1:123456789012:execution:batch:{order['job_id']}",
        name=order["job_id"],
        status="FAILED",
        input=json.dumps(order),
        error="RowsUnaccounted",
        cause="RowsUnaccounted: a worker has left no file",
    )
    assert failures(call("abandon_batch", sqs_batch(ended, ended))) == []

    receipt = DynamoDbReceiptRegistry(cloud.table).receipt(MODEL, dropped)
    assert receipt is not None
    assert (receipt.outcome, receipt.reason) == (ObjectOutcome.QUARANTINED, "job_failed")
    assert cloud.types().count("RunFailed") == 1
