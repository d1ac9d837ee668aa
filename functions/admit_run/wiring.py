"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from admit_run.settings import Settings
from tideline.adapters import aws
from tideline.adapters.admission import admit_run_on
from tideline.adapters.scheduler_wake_ups import SchedulerWakeUps
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.admit_run import AdmitRun


@cache
def admit_run() -> AdmitRun:
    """Return the use case on AWS."""
    settings = load(Settings)
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
