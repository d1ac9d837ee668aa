"""EventBridge Scheduler: one schedule a model, which sends a `RetrainRequested`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tideline.adapters.aws_errors import error_code, translated
from tideline.adapters.scheduler_targets import command_target
from tideline.errors import ScheduleRefused
from tideline.events.commands import RetrainRequested

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import TargetTypeDef


class SchedulerSchedules:
    """`tideline.ports.Scheduler` on one schedule group."""

    def __init__(
        self,
        client: EventBridgeSchedulerClient,
        *,
        group: str,
        bus_arn: str,
        role_arn: str,
        dead_letters_arn: str,
    ) -> None:
        self._client = client
        self._group = group
        self._bus_arn = bus_arn
        self._role_arn = role_arn
        self._dead_letters_arn = dead_letters_arn

    def set(self, model: str, expression: str | None) -> None:
        if expression is None:
            self._remove(model)
            return
        try:
            self._put_anyhow(model, expression)
        except ClientError as exc:
            if error_code(exc) != "ValidationException":
                raise
            raise ScheduleRefused(f"EventBridge Scheduler does not take {expression!r}") from exc

    def _put_anyhow(self, model: str, expression: str) -> None:
        try:
            self._put(self._client.update_schedule, model, expression)
        except ClientError as exc:
            if error_code(exc) != "ResourceNotFoundException":
                raise
            self._put(self._client.create_schedule, model, expression)

    def _put(self, put: object, model: str, expression: str) -> None:
        with translated("EventBridge Scheduler"):
            put(  # type: ignore[operator]
                Name=model,
                GroupName=self._group,
                ScheduleExpression=expression,
                FlexibleTimeWindow={"Mode": "OFF"},
                Target=self._target(model),
            )

    def _target(self, model: str) -> TargetTypeDef:
        command = RetrainRequested(model=model, trigger="schedule", reason="the spec's schedule")
        return command_target(
            command, bus_arn=self._bus_arn, role_arn=self._role_arn, dead_letters_arn=self._dead_letters_arn
        )

    def _remove(self, model: str) -> None:
        try:
            with translated("EventBridge Scheduler"):
                self._client.delete_schedule(Name=model, GroupName=self._group)
        except ClientError as exc:
            if error_code(exc) != "ResourceNotFoundException":
                raise
