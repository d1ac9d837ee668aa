"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from compact_predictions.settings import Settings
from tideline.adapters import aws
from tideline.adapters.predictions.merger import DuckDbPredictionMerger
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.runtime.workdir import workdir
from tideline.services.compact_predictions import CompactPredictions


@cache
def compact_predictions() -> CompactPredictions:
    """Return the use case on AWS."""
    settings = load(Settings)
    return CompactPredictions(
        lake=aws.bucket(settings.lake_bucket),
        merger=DuckDbPredictionMerger(memory_mb=settings.memory_mb),
        compaction=aws.compaction_queue(settings.compaction_queue_url),
        clock=utc_now,
        workdir=workdir,
    )
