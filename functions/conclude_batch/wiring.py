"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache, partial

from conclude_batch.settings import Settings
from tideline.adapters import aws
from tideline.adapters.batch.row_counter import row_counter
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.runtime.workdir import workdir
from tideline.services.batch_receipts import BatchReceipts
from tideline.services.conclude_batch import ConcludeBatch


@cache
def conclude_batch() -> ConcludeBatch:
    """Return the use case on AWS."""
    settings = load(Settings)
    lake, publisher = aws.bucket(settings.lake_bucket), aws.publisher(settings.bus_name)
    return ConcludeBatch(
        lake=lake,
        receipts=BatchReceipts(
            lake=lake,
            receipts=DynamoDbReceiptRegistry(aws.table(settings.table_name)),
            publisher=publisher,
            clock=utc_now,
        ),
        counter=partial(row_counter, memory_mb=settings.memory_mb),
        publisher=publisher,
        clock=utc_now,
        workdir=workdir,
    )
