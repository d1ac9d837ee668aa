"""Events that AWS sends us: dropped objects, ended executions and lines of a log."""

from __future__ import annotations

import base64
import gzip
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tideline.domain.intake.dropped_object import DroppedObject

ALARM = "CloudWatch Alarm State Change"


class _AwsModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class _Bucket(_AwsModel):
    name: str


class _Object(_AwsModel):
    key: str
    size: int = 0
    version_id: str = Field(default="null", alias="version-id")
    sequencer: str = ""


class ObjectCreated(_AwsModel):
    """Detail of S3's ``Object Created``; unlike S3's own notifications, its keys are not URL-encoded."""

    bucket: _Bucket
    object: _Object

    def dropped(self) -> DroppedObject:
        """The dropped object as a value."""
        return DroppedObject(
            bucket=self.bucket.name,
            key=self.object.key,
            version_id=self.object.version_id,
            sequencer=self.object.sequencer,
            size_bytes=self.object.size,
        )


class ExecutionEnded(_AwsModel):
    """Detail of ``Step Functions Execution Status Change``; `name` is the run's or the release's id."""

    execution_arn: str = Field(alias="executionArn")
    name: str
    status: str
    input: str | None = None
    error: str | None = None
    cause: str | None = None


class _LogEvent(_AwsModel):
    id: str
    message: str


class LogBatch(_AwsModel):
    """Lines of one log stream; a CONTROL_MESSAGE only tries whether anybody listens.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
    """

    message_type: Literal["DATA_MESSAGE", "CONTROL_MESSAGE"] = Field(alias="messageType")
    log_events: tuple[_LogEvent, ...] = Field(alias="logEvents")

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Id and text of each line of the log."""
        if self.message_type == "CONTROL_MESSAGE":
            return ()
        return tuple((event.id, event.message) for event in self.log_events)


class _Packed(_AwsModel):
    data: str


class LogDelivery(_AwsModel):
    """What a subscription filter hands to a function."""

    awslogs: _Packed

    def unpacked(self) -> LogBatch:
        """The lines that were packed."""
        return LogBatch.model_validate_json(gzip.decompress(base64.b64decode(self.awslogs.data)))


class SnsNotification(_AwsModel):
    """A message of a topic, as a queue that is subscribed to it holds it.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
    """

    message_id: str = Field(alias="MessageId")
    subject: str = Field(default="", alias="Subject")
    message: str = Field(alias="Message")


class _AlarmState(_AwsModel):
    value: str
    reason: str = ""


class AlarmChanged(_AwsModel):
    """Detail of ``CloudWatch Alarm State Change``."""

    name: str = Field(alias="alarmName")
    state: _AlarmState
