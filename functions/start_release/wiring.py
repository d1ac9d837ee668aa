"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from start_release.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.release_queue import DynamoDbReleaseQueue
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.start_release import StartRelease


@cache
def start_release() -> StartRelease:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return StartRelease(
        lake=aws.bucket(settings.lake_bucket),
        specs=DynamoDbSpecRegistry(table),
        versions=DynamoDbVersionRegistry(table),
        approvals=DynamoDbApprovalRegistry(table),
        deployments=DynamoDbDeploymentRegistry(table),
        queue=DynamoDbReleaseQueue(table),
        engine=aws.engine(settings.release_state_machine_arn),
        publisher=aws.publisher(settings.bus_name),
        clock=utc_now,
    )
