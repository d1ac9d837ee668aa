"""What schedules of EventBridge Scheduler do: put a command on the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tideline.events.base import SOURCE, Command

if TYPE_CHECKING:
    from mypy_boto3_scheduler.type_defs import TargetTypeDef


def command_target(command: Command, *, bus_arn: str, role_arn: str, dead_letters_arn: str) -> TargetTypeDef:
    """Return the target of a schedule that sends a command, and tries again for an hour."""
    return {
        "Arn": bus_arn,
        "RoleArn": role_arn,
        "EventBridgeParameters": {"Source": SOURCE, "DetailType": command.detail_type()},
        "Input": command.model_dump_json(),
        "DeadLetterConfig": {"Arn": dead_letters_arn},
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600},
    }
