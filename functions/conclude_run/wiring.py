"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from conclude_run.settings import Settings
from tideline.adapters import aws
from tideline.adapters.admission import admit_run_on
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.versions import DynamoDbVersionRegistry
from tideline.adapters.scheduler_wake_ups import SchedulerWakeUps
from tideline.domain.costs.prices import us_east_1
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.admit_run import AdmitRun
from tideline.services.conclude_run import ConcludeRun
from tideline.services.measure_cost import MeasureCost


@cache
def conclude_run() -> ConcludeRun:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return ConcludeRun(
        runs=DynamoDbRunRegistry(table),
        engine=aws.engine(settings.training_state_machine_arn),
        admit_run=_admit_run(settings),
        measure_cost=MeasureCost(
            meter=aws.meter(),
            lake=aws.bucket(settings.lake_bucket),
            versions=DynamoDbVersionRegistry(table),
            prices=us_east_1(settings.architecture),
            memory_mb=settings.training_memory_mb,
        ),
        publisher=aws.publisher(settings.bus_name),
        clock=utc_now,
    )


def _admit_run(settings: Settings) -> AdmitRun:
    return admit_run_on(
        aws.table(settings.table_name),
        engine=aws.engine(settings.training_state_machine_arn),
        publisher=aws.publisher(settings.bus_name),
        wake_ups=SchedulerWakeUps(
            aws.scheduler(),
            group=settings.schedule_group,
            bus_arn=settings.bus_arn,
            role_arn=settings.schedule_role_arn,
            dead_letters_arn=settings.schedule_dead_letters_arn,
        ),
        clock=utc_now,
    )
