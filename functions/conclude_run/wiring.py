"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from conclude_run.settings import Settings
from tideline.adapters import aws
from tideline.adapters.admission import admit_run_on
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.conclude_run import ConcludeRun


@cache
def conclude_run() -> ConcludeRun:
    """Return the use case on AWS."""
    settings = load(Settings)
    table, engine = aws.table(settings.table_name), aws.engine(settings.training_state_machine_arn)
    publisher = aws.publisher(settings.bus_name)
    return ConcludeRun(
        runs=DynamoDbRunRegistry(table),
        engine=engine,
        admit_run=admit_run_on(table, engine=engine, publisher=publisher, clock=utc_now),
        publisher=publisher,
        clock=utc_now,
    )
