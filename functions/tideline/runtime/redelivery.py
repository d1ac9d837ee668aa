"""Bring the next delivery of a failed message forward.

A queue hides a message for six times its function's timeout (90 minutes for the longest), as Lambda asks
for; a throttled call deserves another try within seconds, and a poison message an early place among the
dead letters, where somebody sees it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from tideline.runtime.logging import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Seconds until the next delivery, by how often the message has been received; the last one repeats.
DELAYS_S = (5, 30, 120, 600)


def redeliver_soon(record: dict[str, Any]) -> None:
    """Shorten the time that a failed SQS record stays hidden; that this fails changes the pace only."""
    received = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        _sqs().change_message_visibility(
            QueueUrl=_queue_url(record["eventSourceARN"]),
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=DELAYS_S[min(received, len(DELAYS_S)) - 1],
        )
    except Exception:
        logger.warning("message stays hidden for the queue's own time", exc_info=True)


@cache
def _sqs() -> SQSClient:
    return boto3.client("sqs")


@cache
def _queue_url(arn: str) -> str:
    return _sqs().get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
