"""Admission on the registry's table: two functions start runs, so they share how it is put together."""

from __future__ import annotations

from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.table import RegistryTable
from tideline.adapters.registry.versions import DynamoDbVersionRegistry
from tideline.ports import Clock, EventPublisher, WakeUps, WorkflowEngine
from tideline.services.admit_run import AdmitRun


def admit_run_on(
    table: RegistryTable,
    *,
    engine: WorkflowEngine,
    publisher: EventPublisher,
    wake_ups: WakeUps,
    clock: Clock,
) -> AdmitRun:
    """Return the use case on this table."""
    return AdmitRun(
        specs=DynamoDbSpecRegistry(table),
        datasets=DynamoDbDatasetRegistry(table),
        runs=DynamoDbRunRegistry(table),
        versions=DynamoDbVersionRegistry(table),
        engine=engine,
        publisher=publisher,
        wake_ups=wake_ups,
        clock=clock,
    )
