"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from start_batch.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.batch_receipts import BatchReceipts
from tideline.services.start_batch import StartBatch


@cache
def start_batch() -> StartBatch:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return StartBatch(
        inbox=aws.bucket(settings.inbox_bucket),
        specs=DynamoDbSpecRegistry(table),
        versions=DynamoDbVersionRegistry(table),
        deployments=DynamoDbDeploymentRegistry(table),
        receipts=BatchReceipts(
            lake=aws.bucket(settings.lake_bucket),
            receipts=DynamoDbReceiptRegistry(table),
            publisher=aws.publisher(settings.bus_name),
            clock=utc_now,
        ),
        engine=aws.engine(settings.batch_state_machine_arn),
        clock=utc_now,
    )
