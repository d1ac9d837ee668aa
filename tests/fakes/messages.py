"""Messages as functions get them: AWS's own sample events, in the envelopes of EventBridge and SQS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from infra.schemas import file_name
from tideline.domain.intake.dropped_object import DroppedObject

ROOT = Path(__file__).parents[2]


@dataclass
class Context:
    """What Lambda passes beside the event."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:function"
    aws_request_id: str = "52fdfc07-2182-154f-163f-5f0f9a621d72"


def aws_sample(sample: str, /, **detail: Any) -> dict[str, Any]:
    """Return one of AWS's events; `detail` comes on top of its own."""
    event: dict[str, Any] = json.loads((ROOT / "tests" / "samples" / "aws" / f"{sample}.json").read_text())
    event["detail"] |= detail
    return event


def object_created(dropped: DroppedObject) -> dict[str, Any]:
    """Return S3's event for a dropped object."""
    stored = {
        "key": dropped.key,
        "size": dropped.size_bytes,
        "version-id": dropped.version_id,
        "sequencer": dropped.sequencer,
    }
    return aws_sample("object-created", bucket={"name": dropped.bucket}, object=stored)


def bus_event(detail_type: str, *, event_id: str = "", **detail: Any) -> dict[str, Any]:
    """Return an event of ours as the bus delivers it: the sample in `events/`, with `detail` on top."""
    (entry,) = json.loads((ROOT / "events" / file_name(detail_type)).read_text())
    return {
        "version": "0",
        "id": event_id or str(uuid5(NAMESPACE_URL, detail_type + json.dumps(detail))),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": "123456789012",
        "time": "2026-03-01T12:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": json.loads(entry["Detail"]) | detail,
    }


def sqs_batch(*bodies: dict[str, Any] | str) -> dict[str, Any]:
    """Return an SQS batch; the first message is ``m0``."""
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {
        "Records": [
            {
                "messageId": f"m{n}",
                "receiptHandle": "handle",
                "body": text,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
                "awsRegion": "eu-central-1",
            }
            for n, text in enumerate(texts)
        ]
    }


def failures(answer: dict[str, Any]) -> list[str]:
    """Return the messages that SQS is to deliver again."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
