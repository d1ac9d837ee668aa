"""Where the use case meets its adapters."""

from __future__ import annotations

import secrets
from functools import cache, partial

from shift_traffic.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.release_queue import DynamoDbReleaseQueue
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.shift_traffic import ShiftTraffic

# As long as the keys that RFC 2104 asks for at the least, for hashes of 256 bits.
_SALT_BYTES = 32


@cache
def shift_traffic() -> ShiftTraffic:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return ShiftTraffic(
        lake=aws.bucket(settings.lake_bucket),
        specs=DynamoDbSpecRegistry(table),
        approvals=DynamoDbApprovalRegistry(table),
        versions=DynamoDbVersionRegistry(table),
        deployments=DynamoDbDeploymentRegistry(table),
        queue=DynamoDbReleaseQueue(table),
        publisher=aws.publisher(settings.bus_name),
        clock=utc_now,
        new_salt=partial(secrets.token_hex, _SALT_BYTES),
    )
