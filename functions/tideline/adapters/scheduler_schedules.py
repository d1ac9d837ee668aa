"""EventBridge Scheduler: schedules of a model, which send `RetrainRequested` and `MonitorRequested`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tideline.adapters.aws_errors import error_code, translated
from tideline.adapters.scheduler_targets import command_target
from tideline.errors import ScheduleRefused
from tideline.events.base import Command
from tideline.events.commands import MonitorRequested, RetrainRequested

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import TargetTypeDef

# A year: what is to be looked at less often than that is looked at then.
_LONGEST_MINUTES = 365 * 24 * 60


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
        command = RetrainRequested(model=model, trigger="schedule", reason="the spec's schedule")
        self._put_anyhow(model, expression, command)

    def watch(self, model: str, every_s: int) -> None:
        minutes = min(max(1, round(every_s / 60)), _LONGEST_MINUTES)
        expression = f"rate({minutes} minute{'s' if minutes > 1 else ''})"
        # No model's name has a dot, so that no other model's schedule has this name.
        self._put_anyhow(f"{model}.look", expression, MonitorRequested(model=model, trigger="schedule"))

    def _put_anyhow(self, name: str, expression: str, command: Command) -> None:
        try:
            self._update_or_create(name, expression, command)
        except ClientError as exc:
            if error_code(exc) != "ValidationException":
                raise
            raise ScheduleRefused(f"EventBridge Scheduler does not take {expression!r}") from exc

    def _update_or_create(self, name: str, expression: str, command: Command) -> None:
        try:
            self._put(self._client.update_schedule, name, expression, command)
        except ClientError as exc:
            if error_code(exc) != "ResourceNotFoundException":
                raise
            self._put(self._client.create_schedule, name, expression, command)

    def _put(self, put: object, name: str, expression: str, command: Command) -> None:
        with translated("EventBridge Scheduler"):
            put(  # type: ignore[operator]
                Name=name,
                GroupName=self._group,
                ScheduleExpression=expression,
                FlexibleTimeWindow={"Mode": "OFF"},
                Target=self._target(command),
            )

    def _target(self, command: Command) -> TargetTypeDef:
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
