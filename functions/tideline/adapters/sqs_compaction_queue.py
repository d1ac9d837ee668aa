"""An SQS queue in front of who compacts the prediction log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tideline.adapters.aws_errors import translated
from tideline.domain.compaction import CompactionRequest

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsCompactionQueue:
    """`tideline.ports.CompactionQueue`."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def request(self, request: CompactionRequest) -> None:
        with translated("SQS"):
            self._client.send_message(QueueUrl=self._url, MessageBody=request.model_dump_json())
