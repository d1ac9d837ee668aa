"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from ingest_data.settings import Settings
from tideline.adapters import aws
from tideline.adapters.intake import DuckDbFileReader
from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.scheduler_schedules import SchedulerSchedules
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.runtime.workdir import room_for_one_file, workdir
from tideline.services.announce_object import AnnounceObject
from tideline.services.apply_spec import ApplySpec
from tideline.services.ingest_data import IngestData


@cache
def ingest_data() -> IngestData:
    """Return the use case on AWS."""
    settings = load(Settings)
    table, inbox = aws.table(settings.table_name), aws.bucket(settings.inbox_bucket)
    specs, receipts = DynamoDbSpecRegistry(table), DynamoDbReceiptRegistry(table)
    datasets, publisher = DynamoDbDatasetRegistry(table), aws.publisher(settings.bus_name)
    return IngestData(
        inbox=inbox,
        lake=aws.bucket(settings.lake_bucket),
        reader=DuckDbFileReader(memory_mb=settings.memory_mb),
        specs=specs,
        apply_spec=ApplySpec(
            inbox=inbox,
            specs=specs,
            receipts=receipts,
            scheduler=SchedulerSchedules(
                aws.scheduler(),
                group=settings.schedule_group,
                bus_arn=settings.bus_arn,
                role_arn=settings.schedule_role_arn,
                dead_letters_arn=settings.schedule_dead_letters_arn,
            ),
            publisher=publisher,
            clock=utc_now,
        ),
        datasets=datasets,
        receipts=receipts,
        announce=AnnounceObject(datasets=datasets, receipts=receipts, publisher=publisher),
        clock=utc_now,
        workdir=workdir,
        max_source_bytes=room_for_one_file,
    )
