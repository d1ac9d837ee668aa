"""Handlers on the real adapters, and those on moto."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from tests.fakes.aws import (
    BUS,
    GROUP,
    INBOX,
    LAKE,
    REGION,
    ROLE_ARN,
    TABLE,
    make_bucket,
    make_state_machine,
    make_table,
)
from tests.fakes.messages import Context
from tideline.adapters import aws as clients
from tideline.adapters.registry.table import RegistryTable
from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.domain.intake.dropped_object import DroppedObject
from tideline.runtime import redelivery, settings


@dataclass(frozen=True)
class Cloud:
    """What the functions find, and what they have told the bus."""

    table: RegistryTable
    inbox: S3ObjectStore
    lake: S3ObjectStore
    told: list[dict[str, Any]]

    def drop(self, key: str, content: bytes) -> DroppedObject:
        """Put an object as a user does."""
        self.inbox.write(key, content)
        sequencer = f"{len(self.told):04d}{key.encode().hex()}"
        version = self.inbox.current_version(key) or ""
        return DroppedObject(
            bucket=INBOX, key=key, version_id=version, sequencer=sequencer, size_bytes=len(content)
        )

    def types(self) -> list[str]:
        """Return the detail types that were told, in order."""
        return [entry["DetailType"] for entry in self.told]

    def executions(self, machine: str) -> list[str]:
        """Return the names of what was started."""
        client = boto3.client("stepfunctions", region_name=REGION)
        arn = f"arn:aws:states:{REGION}:123456789012:stateMachine:{machine}"
        return [execution["name"] for execution in client.list_executions(stateMachineArn=arn)["executions"]]


@pytest.fixture
def cloud(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Everything the stack makes, and the environment it gives to functions."""
    clear()
    client = clients.events()
    client.create_event_bus(Name=BUS)
    boto3.client("sqs", region_name=REGION).create_queue(QueueName="queue")
    boto3.client("scheduler", region_name=REGION).create_schedule_group(Name=GROUP)
    told: list[dict[str, Any]] = []
    put = client.put_events

    def listen(**request: Any) -> Any:
        told.extend(request["Entries"])
        return put(**request)

    monkeypatch.setattr(client, "put_events", listen)
    values = {
        "INBOX_BUCKET": INBOX,
        "LAKE_BUCKET": LAKE,
        "TABLE_NAME": TABLE,
        "BUS_NAME": BUS,
        "BUS_ARN": f"arn:aws:events:{REGION}:123456789012:event-bus/{BUS}",
        "SCHEDULE_GROUP": GROUP,
        "SCHEDULE_ROLE_ARN": ROLE_ARN,
        "SCHEDULE_DEAD_LETTERS_ARN": "arn:aws:sqs:us-east-1:123456789012:undelivered",
        "TRAINING_STATE_MACHINE_ARN": make_state_machine("training"),
        "RELEASE_STATE_MACHINE_ARN": make_state_machine("release"),
        "BATCH_STATE_MACHINE_ARN": make_state_machine("batch"),
        "MEMORY_MB": "512",
        "TRAINING_MEMORY_MB": '{"Prepare": 3008, "Only": 512}',
        "ARCHITECTURE": "arm64",
        "CODE_SHA256": "c" * 64,
        "LOCK_SHA256": "d" * 64,
    }
    for name, value in values.items():
        monkeypatch.setenv(f"TIDELINE_{name}", value)
    yield Cloud(make_table(), make_bucket(INBOX), make_bucket(LAKE), told)
    clear()


def clear() -> None:
    """Forget clients, settings and use cases, as a new process has."""
    for cached in (settings.load, redelivery._sqs, redelivery._queue_url):
        cached.cache_clear()
    for made in (
        clients.s3,
        clients.dynamodb,
        clients.events,
        clients.stepfunctions,
        clients.scheduler,
        clients.sqs,
        clients.sns,
        clients.ssm,
    ):
        made.cache_clear()
    for name in (
        "apply_spec",
        "ingest_data",
        "ingest_labels",
        "admit_run",
        "conclude_run",
        "run_trial",
        "fit_model",
        "register_model",
        "start_release",
        "judge_release",
        "shift_traffic",
        "break_off",
        "roll_back",
        "conclude_release",
        "request_approval",
        "decide_approval",
        "describe_models",
        "request_release",
        "capture_predictions",
        "compact_predictions",
        "request_rollback",
        "start_batch",
        "split_batch",
        "score_shard",
        "conclude_batch",
        "abandon_batch",
        "monitor_model",
        "notify",
        "send_to_chat",
    ):
        getattr(importlib.import_module(f"{name}.wiring"), name).cache_clear()


@pytest.fixture
def call() -> Callable[..., Any]:
    """Call a function's handler as Lambda does."""

    def of(function: str, event: dict[str, Any]) -> Any:
        return importlib.import_module(f"{function}.handler").handler(event, Context())

    return of
