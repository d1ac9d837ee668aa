"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from ingest_labels.settings import Settings
from tideline.adapters import aws
from tideline.adapters.predictions.label_reader import DuckDbLabelReader
from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.runtime.workdir import room_for_one_file, workdir
from tideline.services.announce_object import AnnounceObject
from tideline.services.ingest_labels import IngestLabels


@cache
def ingest_labels() -> IngestLabels:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    receipts = DynamoDbReceiptRegistry(table)
    return IngestLabels(
        inbox=aws.bucket(settings.inbox_bucket),
        lake=aws.bucket(settings.lake_bucket),
        reader=DuckDbLabelReader(memory_mb=settings.memory_mb),
        specs=DynamoDbSpecRegistry(table),
        receipts=receipts,
        announce=AnnounceObject(
            datasets=DynamoDbDatasetRegistry(table),
            receipts=receipts,
            publisher=aws.publisher(settings.bus_name),
        ),
        clock=utc_now,
        workdir=workdir,
        max_source_bytes=room_for_one_file,
    )
