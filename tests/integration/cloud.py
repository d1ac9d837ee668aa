"""The deployed stack as a test sees it: drop, send, ask, and wait for what the registry says."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.error import HTTPError

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cli.local import LocalRecord
from cli.local.server import CREDENTIALS
from tideline.adapters.registry.datasets import DynamoDbDatasetRegistry
from tideline.adapters.registry.receipts import DynamoDbReceiptRegistry
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.table import RegistryTable
from tideline.adapters.registry.versions import DynamoDbDeploymentRegistry, DynamoDbVersionRegistry
from tideline.domain.intake.dropped_object import DroppedObject, ObjectReceipt
from tideline.domain.release.deployment import Deployment
from tideline.domain.training.run import Run

T = TypeVar("T")
# A run of a few trials takes half a minute on two cores; a busy machine takes its time.
PATIENCE_S = 300.0


@dataclass(frozen=True)
class Cloud:
    """One deployed stack."""

    record: LocalRecord

    def client(self, service: str, **credentials: str) -> Any:
        """Return a client, by default as the account's root."""
        keys = credentials or {
            "aws_access_key_id": CREDENTIALS["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        }
        return boto3.client(
            service, endpoint_url=self.record.endpoint, region_name=CREDENTIALS["AWS_REGION"], **keys
        )

    def output(self, name: str) -> str:
        """Return one of the stack's outputs."""
        return self.record.outputs[name]

    @property
    def table(self) -> RegistryTable:
        return RegistryTable(self.client("dynamodb"), self.output("RegistryTable"))

    def drop(self, key: str, content: bytes) -> DroppedObject:
        """Put an object into the inbox."""
        bucket = self.output("InboxBucket")
        answer = self.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
        return DroppedObject(bucket=bucket, key=key, version_id=answer["VersionId"])

    def answer(self, model: str, dropped: DroppedObject) -> ObjectReceipt:
        """Wait for the receipt of a dropped object."""
        registry = DynamoDbReceiptRegistry(self.table)
        return wait(lambda: registry.receipt(model, dropped), f"the answer to {dropped.key}")

    def runs(self, model: str) -> list[Run]:
        return DynamoDbRunRegistry(self.table).all(model)

    def finished(self, model: str, run_id: str) -> Run:
        """Wait for the end of a run."""
        registry = DynamoDbRunRegistry(self.table)

        def over() -> Run | None:
            run = registry.load(model, run_id)
            return run if run is not None and run.is_over else None

        return wait(over, f"the end of {run_id}")

    def lock_is_free(self, model: str) -> None:
        """Wait until no run holds the model."""
        registry = DynamoDbRunRegistry(self.table)
        wait(lambda: registry.in_flight(model) is None or None, f"the lock of {model}")

    def deployed(self, model: str, version: int) -> Deployment:
        """Wait until a version is champion."""
        registry = DynamoDbDeploymentRegistry(self.table)

        def live() -> Deployment | None:
            found = registry.load(model)
            return found if found is not None and found.champion.version == version else None

        return wait(live, f"version {version} of {model} to go live")

    def deployment(self, model: str) -> Deployment | None:
        return DynamoDbDeploymentRegistry(self.table).load(model)

    @property
    def versions(self) -> DynamoDbVersionRegistry:
        return DynamoDbVersionRegistry(self.table)

    @property
    def specs(self) -> DynamoDbSpecRegistry:
        return DynamoDbSpecRegistry(self.table)

    @property
    def datasets(self) -> DynamoDbDatasetRegistry:
        return DynamoDbDatasetRegistry(self.table)

    def lake(self, key: str) -> bytes:
        answer = self.client("s3").get_object(Bucket=self.output("LakeBucket"), Key=key)
        content: bytes = answer["Body"].read()
        return content

    def send(self, detail_type: str, detail: dict[str, Any]) -> str:
        """Put an event on the bus, and return its id."""
        entry = {
            "EventBusName": self.output("EventBus"),
            "Source": "tideline",
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        answer = self.client("events").put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0
        event_id: str = answer["Entries"][0]["EventId"]
        return event_id

    def predict(self, model: str, body: bytes, *, signed: bool = True) -> tuple[int, dict[str, Any]]:
        """Return status and body of an HTTP call, as a client on the network gets them."""
        headers = {"content-type": "application/json"}
        status, _, text = self.call("POST", f"/models/{model}/predictions", headers, body, signed=signed)
        return status, json.loads(text) if text else {}

    def call(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, *, signed: bool = True
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body of a call of the API."""
        url = f"{self.record.endpoint}/_aws/execute-api/{self.output('ApiId')}/$default{path}"
        sent = dict(headers)
        if signed:
            request = AWSRequest(method, url, data=body, headers=sent)
            keys = Credentials(CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
            SigV4Auth(keys, "execute-api", CREDENTIALS["AWS_REGION"]).add_auth(request)
            sent = dict(request.headers)
        call = urllib.request.Request(url, data=body or None, headers=sent, method=method)
        try:
            with urllib.request.urlopen(call, timeout=60) as response:
                return response.status, dict(response.headers), response.read()
        except HTTPError as error:
            return error.code, dict(error.headers), error.read()


def wait(probe: Callable[[], T | None], what: str, *, patience_s: float = PATIENCE_S) -> T:
    """Return the first value that is not None."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = probe()
        if found is not None:
            return found
        time.sleep(0.3)
    raise AssertionError(f"waited {patience_s:.0f} s for {what}, in vain")
