"""Looks on moto: from an event to the record, the page, the metrics and what is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from tests.fakes.aws import REGION, TABLE
from tests.fakes.messages import bus_event, failures, sqs_batch
from tests.fakes.monitoring import reference
from tests.fakes.prediction_files import log_parquet, row
from tests.fakes.samples import MODEL, deployment, spec, version
from tests.unit.functions.conftest import Cloud
from tideline.adapters.registry.specs import DynamoDbSpecRegistry
from tideline.adapters.registry.table import partition
from tideline.adapters.registry.versions import DEPLOYMENT, DynamoDbVersionRegistry
from tideline.domain import keys
from tideline.domain.contract.spec import SpecHead
from tideline.domain.monitoring.look import RECORD_FILE, look_name
from tideline.domain.monitoring.record import MonitoringRecord

Call = Callable[..., Any]
# The time of `bus_event`.
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def live(cloud: Cloud) -> Cloud:
    """Version 1 is live, and callers have asked about tenures that training never saw."""
    DynamoDbSpecRegistry(cloud.table).append(spec(), head=SpecHead(), at=AT)
    DynamoDbVersionRegistry(cloud.table).register(version())
    found = deployment(1)
    item = {"pk": partition(MODEL), "sk": DEPLOYMENT, "generation": 1, "document": found.model_dump_json()}
    boto3.resource("dynamodb", region_name=REGION).Table(TABLE).put_item(Item=item)
    cloud.lake.write(keys.reference_key(MODEL, 1), reference().model_dump_json().encode())
    answers = {"value": None, "label": "no", "probabilities": {"no": 0.6, "yes": 0.4}}
    asked = [
        row(n, numbers={"tenure": 50.0}, categories={"contract": "monthly"}, **answers) for n in range(600)
    ]
    cloud.lake.write(keys.predictions_prefix(MODEL, AT) + "a.parquet", log_parquet(asked))
    return cloud


def _record(cloud: Cloud, event_id: str) -> MonitoringRecord:
    key = keys.monitoring_key(MODEL, look_name(AT, event_id), RECORD_FILE)
    return MonitoringRecord.model_validate_json(cloud.lake.read(key))


def test_a_look_leaves_a_record_a_page_metrics_and_tells_of_drift(
    live: Cloud, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    event = bus_event("MonitorRequested", event_id="look-1", model=MODEL)

    assert failures(call("monitor_model", sqs_batch(event))) == []

    record = _record(live, "look-1")
    assert record.decision == "retrain"
    assert b"tenure" in live.lake.read(record.report_key)
    assert live.types() == ["DriftDetected"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    metrics = {name for line in lines for name in line if name in ("WindowRows", "DriftedFeatures")}
    assert metrics == {"WindowRows", "DriftedFeatures"}
    assert all(line["model"] == MODEL for line in lines)


def test_two_deliveries_of_one_request_are_one_look(live: Cloud, call: Call) -> None:
    event = bus_event("MonitorRequested", event_id="look-1", model=MODEL)

    assert failures(call("monitor_model", sqs_batch(event, event))) == []

    assert live.types() == ["DriftDetected"]


def test_labels_ask_for_a_look(live: Cloud, call: Call) -> None:
    call("monitor_model", sqs_batch(bus_event("LabelsAccepted", event_id="labels-1", model=MODEL)))

    assert _record(live, "labels-1").version == 1


def test_a_malformed_request_is_answered(live: Cloud, call: Call) -> None:
    event = bus_event("MonitorRequested", model=MODEL, trigger="whim")

    assert failures(call("monitor_model", sqs_batch(event))) == []

    assert live.types() == ["RunFailed"]
    assert "trigger" in json.loads(live.told[0]["Detail"])["cause"]


def test_an_event_that_asks_for_no_look_stays_on_the_queue(live: Cloud, call: Call) -> None:
    event = sqs_batch(bus_event("ModelDeployed", model=MODEL))

    assert len(failures(call("monitor_model", event))) == 1
