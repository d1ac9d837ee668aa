"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from deploy_model.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.deploy_model import DeployModel


@cache
def deploy_model() -> DeployModel:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return DeployModel(
        lake=aws.bucket(settings.lake_bucket),
        specs=DynamoDbSpecRegistry(table),
        approvals=DynamoDbApprovalRegistry(table),
        versions=DynamoDbVersionRegistry(table),
        deployments=DynamoDbDeploymentRegistry(table),
        publisher=aws.publisher(settings.bus_name),
        clock=utc_now,
    )
