"""The registry as the command line reads it: the functions' own adapters, one of each."""

from __future__ import annotations

from dataclasses import dataclass

from cli.errors import CliError
from cli.target import Target
from tideline.adapters.registry.approvals import DynamoDbApprovalRegistry
from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.ledger import DynamoDbLedger
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.table import RegistryTable
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.domain.contract.spec import ModelSpec
from tideline.domain.training.admission import Situation
from tideline.services.audit_ledger import AuditLedger


@dataclass(frozen=True)
class Registry:
    """Every kind of record."""

    specs: DynamoDbSpecRegistry
    receipts: DynamoDbReceiptRegistry
    datasets: DynamoDbDatasetRegistry
    runs: DynamoDbRunRegistry
    versions: DynamoDbVersionRegistry
    approvals: DynamoDbApprovalRegistry
    deployments: DynamoDbDeploymentRegistry
    ledger: DynamoDbLedger

    def spec(self, model: str) -> ModelSpec:
        """Return the spec in force; raises `CliError` naming the models there are."""
        head = self.specs.head(model)
        if head.version == 0:
            raise CliError(self._unknown(model))
        return self.specs.load(model, head.version)

    @property
    def audit_ledger(self) -> AuditLedger:
        """The audit of a model's ledger, which only reads."""
        return AuditLedger(
            ledger=self.ledger,
            specs=self.specs,
            datasets=self.datasets,
            runs=self.runs,
            versions=self.versions,
            approvals=self.approvals,
            deployments=self.deployments,
        )

    def situation(self, model: str) -> Situation:
        """Return what admission would decide on; raises `CliError` for an unknown model."""
        spec, head = self.spec(model), self.specs.head(model)
        in_flight = self.runs.in_flight(model)
        return Situation(
            spec=spec,
            spec_version=head.version,
            dataset_version=self.datasets.latest_version(model),
            runs=tuple(self.runs.all(model)),
            has_versions=self.versions.latest_number(model) > 0,
            in_flight=in_flight,
        )

    def _unknown(self, model: str) -> str:
        known = self.specs.models()
        there = f"there are {', '.join(known)}" if known else "there is none yet"
        return f"there is no model {model!r} ({there}); `tideline apply FILE` makes one from its spec"


def registry_of(target: Target) -> Registry:
    """Return the registry of a target."""
    table = RegistryTable(target.dynamodb, target.output("RegistryTable"))
    return Registry(
        specs=DynamoDbSpecRegistry(table),
        receipts=DynamoDbReceiptRegistry(table),
        datasets=DynamoDbDatasetRegistry(table),
        runs=DynamoDbRunRegistry(table),
        versions=DynamoDbVersionRegistry(table),
        approvals=DynamoDbApprovalRegistry(table),
        deployments=DynamoDbDeploymentRegistry(table),
        ledger=DynamoDbLedger(table),
    )
