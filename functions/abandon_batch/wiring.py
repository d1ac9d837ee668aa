"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from abandon_batch.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.abandon_batch import AbandonBatch
from tideline.services.batch_receipts import BatchReceipts


@cache
def abandon_batch() -> AbandonBatch:
    """Return the use case on AWS."""
    settings = load(Settings)
    publisher = aws.publisher(settings.bus_name)
    return AbandonBatch(
        receipts=BatchReceipts(
            lake=aws.bucket(settings.lake_bucket),
            receipts=DynamoDbReceiptRegistry(aws.table(settings.table_name)),
            publisher=publisher,
            clock=utc_now,
        ),
        engine=aws.engine(settings.batch_state_machine_arn),
        publisher=publisher,
        clock=utc_now,
    )
