"""One local cloud for all integration tests, apart from the one that a person may have running."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from statsmodels.datasets import randhie

from cli.local import reset, up
from cli.local.places import Places
from tests.integration.cloud import Cloud

HOME = ".tideline-test"


class Heard:
    """The events that a queue has got."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs, self._url = sqs, url
        self._events: list[dict[str, Any]] = []

    def of(self, detail_type: str) -> list[dict[str, Any]]:
        """Return the details of every event of a type, as far as they have come in."""
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                break
            for message in messages:
                self._events.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [event["detail"] for event in self._events if event["detail-type"] == detail_type]


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    places = Places(folder=HOME)
    # What an earlier session left would answer for this one: the same bytes are a duplicate.
    reset(places=places)
    record = up(
        places=places, report=lambda step, detail: sys.stderr.write(f"[local cloud] {step}: {detail}\n")
    )
    yield Cloud(record)
    reset(places=places)


@pytest.fixture(scope="session")
def visits() -> pd.DataFrame:
    """RAND's Health Insurance Experiment: person-years, and whether the person saw a doctor in them."""
    frame = randhie.load_pandas().data
    frame["saw_doctor"] = (frame.pop("mdvis") > 0).map({True: "yes", False: "no"})
    return frame


@pytest.fixture
def heard(cloud: Cloud, request: pytest.FixtureRequest) -> Iterator[Heard]:
    """Every event that Tideline puts on its bus while a test runs."""
    sqs, events = cloud.client("sqs"), cloud.client("events")
    name = f"heard-{abs(hash(request.node.name)) % 10**8}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus = cloud.output("EventBus")
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": ["tideline"]}))
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    yield Heard(sqs, url)
    events.remove_targets(Rule=name, EventBusName=bus, Ids=["queue"])
    events.delete_rule(Name=name, EventBusName=bus)
    sqs.delete_queue(QueueUrl=url)
