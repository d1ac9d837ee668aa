"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from apply_spec.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.scheduler_schedules import SchedulerSchedules
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.apply_spec import ApplySpec


@cache
def apply_spec() -> ApplySpec:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return ApplySpec(
        inbox=aws.bucket(settings.inbox_bucket),
        specs=DynamoDbSpecRegistry(table),
        receipts=DynamoDbReceiptRegistry(table),
        scheduler=SchedulerSchedules(
            aws.scheduler(),
            group=settings.schedule_group,
            bus_arn=settings.bus_arn,
            role_arn=settings.schedule_role_arn,
            dead_letters_arn=settings.schedule_dead_letters_arn,
        ),
        publisher=aws.publisher(settings.bus_name),
        clock=utc_now,
    )
