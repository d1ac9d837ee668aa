"""A failed message comes back soon, later each time, and never fails the batch by itself."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws

from tideline.runtime import redelivery


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        redelivery._sqs.cache_clear()
        redelivery._queue_url.cache_clear()
        sqs = boto3.resource("sqs", region_name="us-east-1")
        yield sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "5400"})
    redelivery._sqs.cache_clear()
    redelivery._queue_url.cache_clear()


def record_of(queue: Any, *, received: int) -> dict[str, Any]:
    queue.send_message(MessageBody="{}")
    message = queue.receive_messages()[0]
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "eventSourceARN": queue.attributes["QueueArn"],
        "attributes": {"ApproximateReceiveCount": str(received)},
    }


@pytest.mark.parametrize(("received", "delay_s"), [(1, 5), (2, 30), (3, 120), (4, 600), (9, 600)])
def test_each_failure_waits_longer_than_the_one_before(
    queue: Any, monkeypatch: pytest.MonkeyPatch, received: int, delay_s: int
) -> None:
    asked: list[dict[str, Any]] = []
    record = record_of(queue, received=received)
    client = redelivery._sqs()
    monkeypatch.setattr(client, "change_message_visibility", lambda **request: asked.append(request))

    redelivery.redeliver_soon(record)

    assert [request["VisibilityTimeout"] for request in asked] == [delay_s]
    assert asked[0]["ReceiptHandle"] == record["receiptHandle"]


def test_a_message_is_visible_again_after_its_delay(queue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redelivery, "DELAYS_S", (0,))
    redelivery.redeliver_soon(record_of(queue, received=1))

    assert len(queue.receive_messages()) == 1


def test_a_queue_that_does_not_answer_changes_the_pace_only(queue: Any) -> None:
    record = record_of(queue, received=1) | {"receiptHandle": "no such handle"}

    redelivery.redeliver_soon(record)

    assert queue.attributes["ApproximateNumberOfMessagesNotVisible"] == "1"
