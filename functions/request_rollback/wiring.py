"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from request_rollback.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.runtime.settings import load
from tideline.services.request_rollback import RequestRollback


@cache
def request_rollback() -> RequestRollback:
    """Return the use case on AWS."""
    settings = load(Settings)
    return RequestRollback(
        specs=DynamoDbSpecRegistry(aws.table(settings.table_name)),
        publisher=aws.publisher(settings.bus_name),
    )
