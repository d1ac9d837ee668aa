"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from prepare_data.settings import Settings
from tideline.adapters import aws
from tideline.adapters.preparation.duckdb_table import DuckDbTrainingTables
from tideline.adapters.preparation.holdout_registry import DynamoDbHoldoutRegistry
from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.runtime.settings import load
from tideline.runtime.workdir import room_for_one_file, workdir
from tideline.services.prepare_data import PrepareData

# A trial, with a little more memory, holds the file's bytes, the arrays and LightGBM's bins at once.
_ARRAYS_SHARE = 4
_MB = 1_000_000


@cache
def prepare_data() -> PrepareData:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return PrepareData(
        lake=aws.bucket(settings.lake_bucket),
        specs=DynamoDbSpecRegistry(table),
        datasets=DynamoDbDatasetRegistry(table),
        holdouts=DynamoDbHoldoutRegistry(table),
        tables=DuckDbTrainingTables(memory_mb=settings.memory_mb),
        workdir=workdir,
        room_bytes=settings.memory_mb * _MB // _ARRAYS_SHARE,
        disk_bytes=room_for_one_file,
    )
