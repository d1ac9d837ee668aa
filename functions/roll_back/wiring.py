"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from roll_back.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.answer_rollbacks import AnswerRollbacks
from tideline.services.roll_back import RollBack


@cache
def roll_back() -> AnswerRollbacks:
    """Return the use case on AWS."""
    settings = load(Settings)
    table, publisher = aws.table(settings.table_name), aws.publisher(settings.bus_name)
    return AnswerRollbacks(
        specs=DynamoDbSpecRegistry(table),
        roll_back=RollBack(
            lake=aws.bucket(settings.lake_bucket),
            versions=DynamoDbVersionRegistry(table),
            deployments=DynamoDbDeploymentRegistry(table),
            publisher=publisher,
            clock=utc_now,
        ),
        publisher=publisher,
    )
