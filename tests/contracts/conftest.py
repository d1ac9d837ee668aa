"""The same promises for the fakes and for the adapters on moto."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.fakes.approvals import FakeApprovalRegistry
from tests.fakes.aws import make_bucket, make_table
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.registry import (
    FakeDatasetRegistry,
    FakeDeploymentRegistry,
    FakeLedger,
    FakeReceiptRegistry,
    FakeReleaseQueue,
    FakeRunRegistry,
    FakeSpecRegistry,
    FakeVersionRegistry,
)
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.ledger import DynamoDbLedger
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.release_queue import DynamoDbReleaseQueue
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.ports import (
    ApprovalRegistry,
    DatasetRegistry,
    DeploymentRegistry,
    Ledger,
    ObjectStore,
    ReceiptRegistry,
    ReleaseQueue,
    RunRegistry,
    SpecRegistry,
    VersionRegistry,
)


@dataclass(frozen=True)
class Registries:
    """All registries on one store."""

    specs: SpecRegistry
    receipts: ReceiptRegistry
    datasets: DatasetRegistry
    runs: RunRegistry
    versions: VersionRegistry
    deployments: DeploymentRegistry
    ledger: Ledger
    approvals: ApprovalRegistry
    queue: ReleaseQueue


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """moto needs none."""


def in_memory() -> Registries:
    """Return the fakes."""
    ledger = FakeLedger()
    receipts, versions = FakeReceiptRegistry(), FakeVersionRegistry(ledger)
    return Registries(
        FakeSpecRegistry(ledger),
        receipts,
        FakeDatasetRegistry(receipts, ledger),
        FakeRunRegistry(ledger),
        versions,
        FakeDeploymentRegistry(versions),
        ledger,
        FakeApprovalRegistry(versions),
        FakeReleaseQueue(),
    )


def on_dynamodb() -> Registries:
    """Return the adapters on a new table in moto."""
    table = make_table()
    return Registries(
        DynamoDbSpecRegistry(table),
        DynamoDbReceiptRegistry(table),
        DynamoDbDatasetRegistry(table),
        DynamoDbRunRegistry(table),
        DynamoDbVersionRegistry(table),
        DynamoDbDeploymentRegistry(table),
        DynamoDbLedger(table),
        DynamoDbApprovalRegistry(table),
        DynamoDbReleaseQueue(table),
    )


@pytest.fixture(params=["memory", "dynamodb"])
def registries(request: pytest.FixtureRequest) -> Registries:
    """The registries, in memory and on DynamoDB."""
    if request.param == "memory":
        return in_memory()
    request.getfixturevalue("aws")
    return on_dynamodb()


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """A versioned bucket, in memory and on S3."""
    if request.param == "memory":
        return FakeObjectStore()
    request.getfixturevalue("aws")
    return make_bucket()
