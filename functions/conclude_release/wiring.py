"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from conclude_release.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.release_queue import DynamoDbReleaseQueue
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.break_off import BreakOff
from tideline.services.conclude_release import ConcludeRelease
from tideline.services.start_release import StartRelease


@cache
def conclude_release() -> ConcludeRelease:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    versions, approvals = DynamoDbVersionRegistry(table), DynamoDbApprovalRegistry(table)
    deployments = DynamoDbDeploymentRegistry(table)
    engine, publisher = aws.engine(settings.release_state_machine_arn), aws.publisher(settings.bus_name)
    return ConcludeRelease(
        versions=versions,
        approvals=approvals,
        engine=engine,
        break_off=BreakOff(deployments=deployments, publisher=publisher, clock=utc_now),
        start_release=StartRelease(
            lake=aws.bucket(settings.lake_bucket),
            specs=DynamoDbSpecRegistry(table),
            versions=versions,
            approvals=approvals,
            deployments=deployments,
            queue=DynamoDbReleaseQueue(table),
            engine=engine,
            publisher=publisher,
            clock=utc_now,
        ),
        publisher=publisher,
        clock=utc_now,
    )
