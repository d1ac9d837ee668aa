"""Both functions of the prediction log with their own wiring, on moto."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.fakes.aws import REGION
from tests.fakes.capture import call as logged
from tests.fakes.messages import failures, sqs_batch
from tests.unit.functions.conftest import Cloud
from tideline.adapters import aws as clients
from tideline.errors import LogTooNew
from tideline.runtime.clock import utc_now

Call = Callable[[str, dict[str, Any]], Any]


@pytest.fixture
def queue(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    clients.sqs.cache_clear()
    made = boto3.resource("sqs", region_name=REGION).create_queue(QueueName="compaction")
    monkeypatch.setenv("TIDELINE_COMPACTION_QUEUE_URL", made.url)
    yield made
    clients.sqs.cache_clear()


def delivery(*messages: dict[str, Any] | str, kind: str = "DATA_MESSAGE") -> dict[str, Any]:
    texts = [text if isinstance(text, str) else json.dumps(text) for text in messages]
    batch = {
        "messageType": kind,
        "owner": "123456789012",
        "logGroup": "/aws/lambda/tideline-dev-predict",
        "logStream": "2026/03/01/[$LATEST]0123456789abcdef",
        "subscriptionFilters": ["predictions"],
        "logEvents": [{"id": f"{n:056d}", "timestamp": 1, "message": text} for n, text in enumerate(texts)],
    }
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()}}


def files(cloud: Cloud) -> list[str]:
    return list(cloud.lake.listed("churn/predictions/"))


def test_a_delivery_becomes_a_file_and_a_request_for_compaction(cloud: Cloud, queue: Any, call: Call) -> None:
    call("capture_predictions", delivery(logged(1), "END RequestId: 1", logged(2)))

    (key,) = files(cloud)
    assert key.startswith("churn/predictions/date=2026-03-01/hour=12/")
    (message,) = queue.receive_messages()
    assert json.loads(message.body) == {"model": "churn", "hour": "2026-03-01T12:00:00Z"}


def test_a_delivery_twice_and_out_of_order_is_the_same_file(cloud: Cloud, queue: Any, call: Call) -> None:
    for messages in ((logged(1), logged(2)), (logged(2), logged(1)), (logged(1), logged(2))):
        call("capture_predictions", delivery(*messages))

    assert len(files(cloud)) == 1


def test_a_control_message_is_nothing(cloud: Cloud, queue: Any, call: Call) -> None:
    call("capture_predictions", delivery("CWL CONTROL MESSAGE: Checking health", kind="CONTROL_MESSAGE"))

    assert cloud.lake.listed("") == []


def test_malformed_lines_are_logged_by_id_and_not_by_what_they_say(
    cloud: Cloud, queue: Any, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    secret = logged(1, role="s3cret", key="s3cret")
    call("capture_predictions", delivery(logged(2), secret))

    told = [str(vars(record)) for record in caplog.records]
    assert any(f"{1:056d}" in record for record in told)
    assert not any("s3cret" in record for record in told)
    assert len(files(cloud)) == 1
    assert len(cloud.lake.listed("churn/quarantine/prediction-log/")) == 1


def test_lines_of_a_newer_edition_make_the_call_fail_so_that_a_dead_letter_keeps_them(
    cloud: Cloud, queue: Any, call: Call
) -> None:
    with pytest.raises(LogTooNew, match=r"1 lines .* redrive"):
        call("capture_predictions", delivery(logged(1, schema_version=3), logged(2)))

    assert len(files(cloud)) == 1


def test_compaction_merges_past_hours_and_fails_for_a_poison_message_alone(
    cloud: Cloud, queue: Any, call: Call
) -> None:
    an_hour_ago = int((utc_now().timestamp() - 3600) * 1000)
    for n in (1, 2):
        call("capture_predictions", delivery(logged(n, time=an_hour_ago // 3_600_000 * 3_600_000)))
    assert len(files(cloud)) == 2
    request = {"model": "churn", "hour": "2026-03-01T12:00:00Z"}

    answer = call("compact_predictions", sqs_batch(request, {"model": "../churn"}, request))

    assert failures(answer) == ["m1"]
    assert len(files(cloud)) == 1
