"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from request_approval.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.versions import DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.request_approval import RequestApproval


@cache
def request_approval() -> RequestApproval:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return RequestApproval(
        runs=DynamoDbRunRegistry(table),
        versions=DynamoDbVersionRegistry(table),
        approvals=DynamoDbApprovalRegistry(table),
        tasks=aws.tasks(),
        publisher=aws.publisher(settings.bus_name),
        clock=utc_now,
    )
