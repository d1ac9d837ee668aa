"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from describe_models.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.runtime.settings import load
from tideline.services.describe_models import DescribeModels


@cache
def describe_models() -> DescribeModels:
    """Return the use case on AWS."""
    settings = load(Settings)
    table = aws.table(settings.table_name)
    return DescribeModels(
        lake=aws.bucket(settings.lake_bucket),
        specs=DynamoDbSpecRegistry(table),
        versions=DynamoDbVersionRegistry(table),
        approvals=DynamoDbApprovalRegistry(table),
        deployments=DynamoDbDeploymentRegistry(table),
    )


def jwt_issuer() -> str:
    """Return whose tokens are taken for predictions; empty for nobody's."""
    return load(Settings).jwt_issuer
