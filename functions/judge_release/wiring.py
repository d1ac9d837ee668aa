"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from judge_release.settings import Settings
from tideline.adapters import aws
from tideline.adapters.predictions.labels import DuckDbLabels
from tideline.adapters.predictions.prediction_log import DuckDbPredictionLog
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.runtime.workdir import workdir
from tideline.services.judge_release import JudgeRelease


@cache
def judge_release() -> JudgeRelease:
    """Return the use case on AWS."""
    settings = load(Settings)
    table, lake = aws.table(settings.table_name), aws.bucket(settings.lake_bucket)
    return JudgeRelease(
        versions=DynamoDbVersionRegistry(table),
        specs=DynamoDbSpecRegistry(table),
        deployments=DynamoDbDeploymentRegistry(table),
        log=DuckDbPredictionLog(lake=lake, workdir=workdir, memory_mb=settings.memory_mb),
        labels=DuckDbLabels(lake=lake, workdir=workdir, memory_mb=settings.memory_mb),
        clock=utc_now,
    )
