"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from conclude_release.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.versions import DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.conclude_release import ConcludeRelease


@cache
def conclude_release() -> ConcludeRelease:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return ConcludeRelease(
        versions=DynamoDbVersionRegistry(table),
        approvals=DynamoDbApprovalRegistry(table),
        engine=aws.engine(settings.release_state_machine_arn),
        publisher=aws.publisher(settings.bus_name),
        clock=utc_now,
    )
