"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from monitor_model.settings import Settings
from tideline.adapters import aws
from tideline.adapters.predictions.call_counter import DuckDbCallCounter
from tideline.adapters.predictions.labelled_predictions import DuckDbLabelledPredictions
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.monitoring_report.report import write_report
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.runtime.workdir import workdir
from tideline.services.monitoring.announce_look import AnnounceLook
from tideline.services.monitoring.live_version import LiveVersions
from tideline.services.monitoring.make_record import MakeRecord
from tideline.services.monitoring.monitor_model import MonitorModel
from tideline.services.monitoring.quality_days import QualityDays


@cache
def monitor_model() -> MonitorModel:
    """Return the use case on AWS."""
    settings = load(Settings)
    table, lake = aws.table(settings.table_name), aws.bucket(settings.lake_bucket)
    publisher = aws.publisher(settings.bus_name)
    reading = {"lake": lake, "workdir": workdir, "memory_mb": settings.memory_mb}
    return MonitorModel(
        lake=lake,
        live=LiveVersions(
            specs=DynamoDbSpecRegistry(table),
            versions=DynamoDbVersionRegistry(table),
            deployments=DynamoDbDeploymentRegistry(table),
        ),
        make_record=MakeRecord(
            lake=lake,
            counter=DuckDbCallCounter(**reading),
            quality=QualityDays(lake=lake, labelled=DuckDbLabelledPredictions(**reading)),
            clock=utc_now,
        ),
        announce=AnnounceLook(publisher=publisher, clock=utc_now),
        publisher=publisher,
        write_report=write_report,
    )
