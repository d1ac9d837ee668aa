"""Resources in moto, as the stack makes them."""

from __future__ import annotations

import threading
from typing import Any

import boto3

from tideline.adapters.registry.table import RegistryTable
from tideline.adapters.s3_object_store import S3ObjectStore

REGION = "eu-central-1"
TABLE, INBOX, LAKE, BUS, GROUP = "registry", "inbox", "lake", "tideline-dev", "tideline-dev"
ROLE_ARN = "arn:aws:iam::123456789012:role/any"


class OneAtATime:
    """A client whose calls never overlap: DynamoDB's are serializable, moto's are not."""

    def __init__(self, client: Any) -> None:
        self._client, self._lock = client, threading.Lock()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if not callable(method) or name == "get_paginator":
            return method

        def call(*args: Any, **kwargs: Any) -> Any:
            with self._lock:
                return method(*args, **kwargs)

        return call


def make_table() -> RegistryTable:
    """Return the registry's table, empty."""
    client = boto3.client("dynamodb", region_name=REGION)
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return RegistryTable(OneAtATime(client), TABLE)  # type: ignore[arg-type]


def make_bucket(name: str = INBOX) -> S3ObjectStore:
    """Return a versioned bucket."""
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})  # type: ignore[typeddict-item]
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return S3ObjectStore(client, name)


def make_state_machine(name: str) -> str:
    """Return the ARN of a state machine."""
    client = boto3.client("stepfunctions", region_name=REGION)
    definition = '{"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}'
    return client.create_state_machine(name=name, definition=definition, roleArn=ROLE_ARN)["stateMachineArn"]
