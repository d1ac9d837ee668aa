"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from notify.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.alerts import DynamoDbAlertRegistry
from tideline.alerting.place import Place
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.notify import Notify


@cache
def notify() -> Notify:
    """Return the use case on AWS."""
    settings = load(Settings)
    return Notify(
        topic=aws.alert_topic(settings.alert_topic_arn),
        alerts=DynamoDbAlertRegistry(aws.table(settings.table_name)),
        clock=utc_now,
        place=Place(
            environment=settings.environment,
            cli_environment=settings.cli_environment,
            lake_bucket=settings.lake_bucket,
        ),
    )
