"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from split_batch.settings import Settings
from tideline.adapters import aws
from tideline.adapters.batch.splitter import DuckDbBatchSplitter
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.runtime.workdir import room_for_one_file, workdir
from tideline.services.batch_receipts import BatchReceipts
from tideline.services.batch_signature import BatchSignatures
from tideline.services.split_batch import SplitBatch


@cache
def split_batch() -> SplitBatch:
    """Return the use case on AWS."""
    settings = load(Settings)
    lake = aws.bucket(settings.lake_bucket)
    return SplitBatch(
        inbox=aws.bucket(settings.inbox_bucket),
        lake=lake,
        signatures=BatchSignatures(lake),
        splitter=DuckDbBatchSplitter(memory_mb=settings.memory_mb),
        receipts=BatchReceipts(
            lake=lake,
            receipts=DynamoDbReceiptRegistry(aws.table(settings.table_name)),
            publisher=aws.publisher(settings.bus_name),
            clock=utc_now,
        ),
        workdir=workdir,
        max_source_bytes=room_for_one_file,
    )
