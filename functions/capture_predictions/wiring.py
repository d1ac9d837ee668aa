"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from capture_predictions.settings import Settings
from tideline.adapters import aws
from tideline.adapters.predictions.writer import DuckDbPredictionWriter
from tideline.runtime.settings import load
from tideline.runtime.workdir import workdir
from tideline.services.capture_predictions import CapturePredictions


@cache
def capture_predictions() -> CapturePredictions:
    """Return the use case on AWS."""
    settings = load(Settings)
    return CapturePredictions(
        lake=aws.bucket(settings.lake_bucket),
        writer=DuckDbPredictionWriter(memory_mb=settings.memory_mb),
        compaction=aws.compaction_queue(settings.compaction_queue_url),
        workdir=workdir,
    )
