"""The command line on a cloud in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import boto3
import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from cli.registry import Registry, registry_of
from cli.target import Target
from tests.fakes.aws import BUS, INBOX, LAKE, REGION, TABLE, make_bucket, make_state_machine, make_table
from tests.fakes.clock import START
from tests.fakes.samples import spec
from tideline.adapters.registry.table import RegistryTable
from tideline.adapters.s3_object_store import S3ObjectStore
from tideline.domain.contract.spec import ModelSpec, SpecHead


@dataclass(frozen=True)
class Cloud:
    """What a deployed stack has."""

    target: Target
    registry: Registry
    table: RegistryTable
    inbox: S3ObjectStore
    lake: S3ObjectStore

    def apply(self, **fields: object) -> ModelSpec:
        """Put a spec of the model in force."""
        applied = spec(**fields)
        self.registry.specs.append(applied, head=SpecHead(), at=START)
        return applied


@cache
def _session() -> boto3.Session:
    """One for all tests: it keeps the descriptions of services that it has read."""
    return boto3.Session(region_name=REGION)


@pytest.fixture
def cloud(aws: None, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A stack in moto, which is what every command finds."""
    table, inbox, lake = make_table(), make_bucket(INBOX), make_bucket(LAKE)
    boto3.client("events", region_name=REGION).create_event_bus(Name=BUS)
    queue = boto3.client("sqs", region_name=REGION).create_queue(QueueName="dead-letters")["QueueUrl"]
    target = Target(
        "dev",
        session=_session(),
        outputs={
            "InboxBucket": INBOX,
            "LakeBucket": LAKE,
            "EventBus": BUS,
            "RegistryTable": TABLE,
            "ApiUrl": "https://api.example",
            "TrainingStateMachine": make_state_machine("training"),
            "ReleaseStateMachine": make_state_machine("release"),
            "BatchStateMachine": make_state_machine("batch"),
            "ReproductionStateMachine": make_state_machine("reproduction"),
            "DeadLetterQueues": f'["{queue}"]',
        },
    )
    monkeypatch.setattr("cli.session.connect", lambda _environment: target)
    return Cloud(target, registry_of(target), table, inbox, lake)


@pytest.fixture
def tideline() -> Callable[..., Result]:
    """Type a command."""
    return lambda *arguments, **options: CliRunner().invoke(app, [str(a) for a in arguments], **options)
