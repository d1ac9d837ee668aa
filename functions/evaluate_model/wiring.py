"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from evaluate_model.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.runtime.clock import precise_seconds
from tideline.runtime.settings import load
from tideline.services.evaluate_model import EvaluateModel


@cache
def evaluate_model() -> EvaluateModel:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return EvaluateModel(
        lake=aws.bucket(settings.lake_bucket),
        specs=DynamoDbSpecRegistry(table),
        versions=DynamoDbVersionRegistry(table),
        deployments=DynamoDbDeploymentRegistry(table),
        load=OnnxScorer,
        stopwatch=precise_seconds,
    )
