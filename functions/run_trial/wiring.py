"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from run_trial.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.training.trainers import THREADS, trainers
from tideline.runtime.clock import seconds
from tideline.runtime.settings import load
from tideline.services.run_trial import RunTrial


@cache
def run_trial() -> RunTrial:
    """Return the use case on AWS."""
    settings = load(Settings)
    return RunTrial(
        lake=aws.bucket(settings.lake_bucket),
        specs=DynamoDbSpecRegistry(aws.table(settings.table_name)),
        trainers=trainers(),
        stopwatch=seconds,
        threads=THREADS,
    )
