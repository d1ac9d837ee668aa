"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from break_off.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.break_off import BreakOff


@cache
def break_off() -> BreakOff:
    """Return the use case on AWS."""
    settings = load(Settings)
    return BreakOff(
        deployments=DynamoDbDeploymentRegistry(aws.table(settings.table_name)),
        publisher=aws.publisher(settings.bus_name),
        clock=utc_now,
    )
