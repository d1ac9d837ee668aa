"""EventBridge Scheduler: one-time schedules, which send a `ReviewRequested` and are gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tideline.adapters.aws_errors import error_code, translated
from tideline.adapters.scheduler_targets import command_target
from tideline.events.commands import ReviewRequested

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient


class SchedulerWakeUps:
    """`tideline.ports.WakeUps` on one schedule group.

    A wake-up is named after its model and its moment: the same one is made once, none is ever changed, and
    none can race with the deletion of another that has just rung. A dot is in no model's name, so that a
    model's own schedule is never called so.
    """

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

    def set(self, model: str, *, at: datetime) -> None:
        at = at.astimezone(UTC)
        target = command_target(
            ReviewRequested(model=model),
            bus_arn=self._bus_arn,
            role_arn=self._role_arn,
            dead_letters_arn=self._dead_letters_arn,
        )
        try:
            with translated("EventBridge Scheduler"):
                self._client.create_schedule(
                    Name=f"{model}.{at:%Y%m%dT%H%M%S}",
                    GroupName=self._group,
                    ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
                    FlexibleTimeWindow={"Mode": "OFF"},
                    ActionAfterCompletion="DELETE",
                    Target=target,
                )
        except ClientError as exc:
            if error_code(exc) != "ConflictException":
                raise
