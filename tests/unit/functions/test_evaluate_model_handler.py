from __future__ import annotations

import json

import boto3
import numpy as np
import pytest
from moto import mock_aws
from pydantic import ValidationError

from evaluate_model import wiring
from evaluate_model.handler import handler
from tests.unit.services.evaluation_world import AT, ORDER, World, archive, make_spec, sha256
from tideline.adapters import aws
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.adapters.training.linear_trainer import LinearTrainer
from tideline.domain.contract.spec import SpecHead
from tideline.domain.encoding import Encoding
from tideline.runtime import settings

LAKE, TABLE = "lake", "registry"


class Context:
    function_name = "evaluate_model"
    memory_limit_in_mb = 3008
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:evaluate_model"
    aws_request_id = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def cloud(monkeypatch):
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "TIDELINE_LAKE_BUCKET": LAKE,
        "TIDELINE_TABLE_NAME": TABLE,
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        _forget()
        boto3.client("s3").create_bucket(
            Bucket=LAKE, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        boto3.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        )
        yield
    _forget()


def _forget():
    for cached in (wiring.evaluate_model, settings.load, aws.s3, aws.dynamodb):
        cached.cache_clear()


@pytest.fixture
def world(cloud):
    """A real linear model, its arrays in S3 and its spec in DynamoDB."""
    world = World(spec=make_spec(), candidate=b'{"weights": {}, "task": "binary", "missing": 0}')
    encoding = Encoding.model_validate_json(world.lake.read(world.key("encoding.json")))
    matrix = np.column_stack([world.x, world.z])
    trained = LinearTrainer().train(
        matrix,
        world.y.astype(np.float32),
        valid=None,
        encoding=encoding,
        parameters={},
        rounds=None,
        seed=0,
        threads=1,
    )
    world.candidate = trained.to_onnx(encoding)
    world.put("candidate.onnx", world.candidate)
    world.put("native.npz", archive(raw=trained.predict_raw(matrix)))
    for key, content in world.lake.objects.items():
        aws.bucket(LAKE).write(key, content)
    DynamoDbSpecRegistry(aws.table(TABLE)).append(world.spec, head=SpecHead(), at=AT)
    return world


def event(world):
    return json.loads(world.task.model_dump_json())


def test_the_state_gets_the_verdict_and_the_lake_the_report(world):
    answer = json.loads(json.dumps(handler(event(world), Context())))
    assert answer["verdict"] == "PROMOTE"
    assert answer["candidate"] > 0.75
    report = aws.bucket(LAKE).read(world.key("report.json"))
    assert sha256(report) == answer["report_sha256"]
    assert json.loads(report)["order"] == ORDER.model_dump()


def test_golden_rows_come_true_in_onnx_runtime(world):
    handler(event(world), Context())
    golden = json.loads(aws.bucket(LAKE).read(world.key("golden.json")))
    columns = {
        name: np.array([row[name] for row in golden["instances"]], dtype=np.float32) for name in ("x", "z")
    }
    answers = OnnxScorer(world.candidate).predict(columns)
    assert np.abs(answers - np.array(golden["expected"])).max() <= golden["tolerance"]


def test_an_error_leaves_the_function_so_that_the_state_machine_sees_it(world):
    aws.bucket(LAKE).write(world.key("candidate.onnx"), b"something else")
    with pytest.raises(Exception, match=r"^ArtifactInvalid: "):
        handler(event(world), Context())


def test_an_order_that_is_none_is_refused(cloud):
    with pytest.raises(ValidationError):
        handler({"order": {}}, Context())
