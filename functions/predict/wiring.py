"""Where `predict` is put together, once a process and on first use."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from functools import cache

from predict.settings import Settings
from tideline.serving.answers import Explanation
from tideline.serving.aws_reads import deployment_table, lake_objects
from tideline.serving.challenger import Challengers
from tideline.serving.deployment import DeployedVersion
from tideline.serving.deployment_cache import DeploymentCache
from tideline.serving.instances import ModelInput
from tideline.serving.loaded_model import RawAnswer
from tideline.serving.model_cache import BUDGET_SHARE, ModelCache
from tideline.serving.prediction_log import PredictionLog
from tideline.serving.predictor import Explainer, Predictor
from tideline.serving.shadow import Shadows

# Set by Lambda; elsewhere as configured in `infra`.
_MEMORY_VARIABLE = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_USUAL_MEMORY_MB = "1024"

# How much of what explains is kept: a version of 100 trees with 31 leaves takes 1 MB.
_EXPLANATION_BYTES = 64 * 1024 * 1024


@cache
def predictor() -> Predictor:
    """Return the process's predictor."""
    settings = Settings.from_environment()
    memory_mb = int(os.environ.get(_MEMORY_VARIABLE, _USUAL_MEMORY_MB))
    models = ModelCache(
        lake_objects(settings.lake_bucket),
        budget_bytes=memory_mb * 1024 * 1024 // BUDGET_SHARE,
        clock=time.monotonic,
    )
    log = PredictionLog(sys.stdout.write)
    return Predictor(
        DeploymentCache(
            deployment_table(settings.table_name), clock=time.monotonic, ttl_s=settings.deployment_ttl_s
        ),
        models,
        challengers=Challengers(models, clock=time.monotonic, stopwatch=time.perf_counter),
        shadows=Shadows(
            models,
            log,
            clock=time.monotonic,
            processor=time.process_time,
            stopwatch=time.thread_time,
        ),
        log=log,
        explain=_explain,
        wall_clock=time.time,
        stopwatch=time.perf_counter,
        random=os.urandom,
    )


def _explain(
    entry: DeployedVersion, rows: Sequence[ModelInput], raw: Sequence[RawAnswer]
) -> list[Explanation]:
    return _explainer()(entry, rows, raw)


@cache
def _explainer() -> Explainer:
    # NumPy is loaded for the first caller who wants an explanation, and for nobody else.
    from tideline.explaining.explainer import LakeExplainer  # noqa: PLC0415

    return LakeExplainer(
        lake_objects(Settings.from_environment().lake_bucket),
        budget_bytes=_EXPLANATION_BYTES,
        clock=time.monotonic,
    )
