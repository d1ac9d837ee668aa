from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws
from pydantic import ValidationError

from prepare_data import wiring
from prepare_data.handler import handler
from tests.fakes.aws import LAKE, REGION, TABLE, make_bucket, make_table
from tests.unit.services.preparing import MODEL, START, Bench
from tideline.adapters import aws
from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.domain import keys
from tideline.domain.contract.spec import SpecHead
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt
from tideline.domain.training.run import Prepared, RunOrder
from tideline.runtime import settings

CONTEXT = SimpleNamespace(
    function_name="prepare_data", memory_limit_in_mb=3008, invoked_function_arn="arn", aws_request_id="1"
)


@pytest.fixture
def prepared_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A spec and a batch in moto; the same in memory to compare with."""
    for name, value in {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "TIDELINE_LAKE_BUCKET": LAKE,
        "TIDELINE_TABLE_NAME": TABLE,
        "TIDELINE_MEMORY_MB": "3008",
    }.items():
        monkeypatch.setenv(name, value)
    bench = Bench(tmp_path)
    bench.apply(task="binary", features={"size": {"type": "number"}})
    bench.drop([{"size": float(number), "y": str(number % 2)} for number in range(500)])
    with mock_aws():
        _forget()
        table, lake = make_table(), make_bucket(LAKE)
        DynamoDbSpecRegistry(table).append(bench.specs[0], head=SpecHead(), at=START)
        batch = bench.dropped[0]
        dropped = DroppedObject(bucket="inbox", key="ebb/data/a.csv", version_id="1", sequencer="1")
        receipt = ObjectReceipt(
            key=dropped.key, version_id="1", outcome=ObjectOutcome.ACCEPTED, batch=1, at=START
        )
        DynamoDbReceiptRegistry(table).claim(MODEL, dropped)
        DynamoDbDatasetRegistry(table).accept(batch, dropped, receipt)
        key = keys.dataset_key(MODEL, batch.sha256)
        lake.write(key, bench.lake.read(key))
        yield bench
    _forget()


def _forget() -> None:
    for cached in (wiring.prepare_data, settings.load, aws.s3, aws.dynamodb):
        cached.cache_clear()


def call(event: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = handler(event, CONTEXT)
    return answer


def test_the_lake_gets_the_files_and_the_workflow_the_trials(prepared_cloud: Bench) -> None:
    order, prepared = prepared_cloud.run()
    assert call(order.model_dump(mode="json")) == prepared.model_dump(mode="json")
    lake = aws.bucket(LAKE)
    for name, content in prepared_cloud.outputs(order).items():
        assert lake.read(keys.run_key(MODEL, order.run_id, name)) == content


def test_an_order_delivered_twice_has_one_answer(prepared_cloud: Bench) -> None:
    event = prepared_cloud.order().model_dump(mode="json")
    assert call(event) == call(event)


def test_an_order_with_an_unknown_field_is_refused() -> None:
    def prepare_nothing(order: RunOrder) -> Prepared:
        raise AssertionError(order)

    event = {"model": "ebb", "run_id": "ebb-d1-s1", "spec_version": 1, "dataset_version": 1, "seed": 7}
    with pytest.raises(ValidationError, match="surprise"):
        handler({**event, "surprise": 1}, CONTEXT, prepare_data=prepare_nothing)
