"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from decide_approval.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.versions import DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.decide_approval import DecideApproval


@cache
def decide_approval() -> DecideApproval:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return DecideApproval(
        lake=aws.bucket(settings.lake_bucket),
        versions=DynamoDbVersionRegistry(table),
        approvals=DynamoDbApprovalRegistry(table),
        tasks=aws.tasks(),
        engine=aws.engine(settings.release_state_machine_arn),
        publisher=aws.publisher(settings.bus_name),
        clock=utc_now,
    )
