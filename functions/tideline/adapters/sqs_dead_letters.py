"""A queue of dead letters that a function fills itself, where trying again cannot help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tideline.adapters.aws_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsDeadLetters:
    """`tideline.ports.DeadLetters`."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def keep(self, body: str, *, reason: str) -> None:
        with translated("SQS"):
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
            )
