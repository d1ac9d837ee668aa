"""Where the use case meets its adapters."""

from __future__ import annotations

from functools import cache

from register_model.settings import Settings
from tideline.adapters import aws
from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.ledger import DynamoDbLedger
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbVersionRegistry
from tideline.runtime.clock import utc_now
from tideline.runtime.settings import load
from tideline.services.read_evidence import ReadEvidence
from tideline.services.register_model import RegisterModel
from tideline.services.write_card import WriteCard


@cache
def register_model() -> RegisterModel:
    """Return the use case on AWS."""
    settings = load(Settings)
    table, lake = aws.table(settings.table_name), aws.bucket(settings.lake_bucket)
    specs = DynamoDbSpecRegistry(table)
    return RegisterModel(
        lake=lake,
        specs=specs,
        datasets=DynamoDbDatasetRegistry(table),
        runs=DynamoDbRunRegistry(table),
        versions=DynamoDbVersionRegistry(table),
        publisher=aws.publisher(settings.bus_name),
        clock=utc_now,
        code_sha256=settings.code_sha256,
        write_card=WriteCard(
            lake=lake, read_evidence=ReadEvidence(lake=lake, specs=specs, ledger=DynamoDbLedger(table))
        ),
    )
