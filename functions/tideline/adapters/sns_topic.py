"""An SNS topic that tells people."""

from __future__ import annotations

from typing import Any

from tideline.adapters.aws_errors import translated
from tideline.domain.alerts.alert import Letter


class SnsAlertTopic:
    """`tideline.ports.AlertTopic`."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, letter: Letter) -> str:
        with translated("SNS"):
            answer = self._client.publish(TopicArn=self._arn, Subject=letter.subject, Message=letter.text)
        return str(answer["MessageId"])
