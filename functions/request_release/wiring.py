"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from request_release.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.versions import DynamoDbVersionRegistry
from tideline.runtime.settings import load
from tideline.services.request_release import RequestRelease


@cache
def request_release() -> RequestRelease:
    """Return the use case on AWS."""
    settings = load(Settings)
    return RequestRelease(
        versions=DynamoDbVersionRegistry(aws.table(settings.table_name)),
        publisher=aws.publisher(settings.bus_name),
    )
