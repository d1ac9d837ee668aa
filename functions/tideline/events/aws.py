"""Events that AWS sends us: dropped objects and ended executions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from tideline.domain.intake.dropped_object import DroppedObject


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


class _AlarmState(_AwsModel):
    value: str
    reason: str = ""


class AlarmChanged(_AwsModel):
    """Detail of ``CloudWatch Alarm State Change``."""

    name: str = Field(alias="alarmName")
    state: _AlarmState
