from __future__ import annotations

from datetime import datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from tests.fakes.aws import GROUP, REGION, ROLE_ARN
from tests.fakes.clock import START
from tests.fakes.samples import MODEL
from tideline.adapters.scheduler_schedules import SchedulerSchedules
from tideline.adapters.scheduler_wake_ups import SchedulerWakeUps
from tideline.domain.keys import MODEL_NAME
from tideline.events.commands import ReviewRequested

ARNS = {"bus_arn": "arn:bus", "role_arn": ROLE_ARN, "dead_letters_arn": "arn:undelivered"}
pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def wake_ups() -> SchedulerWakeUps:
    client = boto3.client("scheduler", region_name=REGION)
    client.create_schedule_group(Name=GROUP)
    return SchedulerWakeUps(client, group=GROUP, **ARNS)


def names() -> list[str]:
    client = boto3.client("scheduler", region_name=REGION)
    return sorted(found["Name"] for found in client.list_schedules(GroupName=GROUP)["Schedules"])


def test_a_wake_up_rings_once_in_utc_and_is_gone(wake_ups: SchedulerWakeUps) -> None:
    wake_ups.set(MODEL, at=datetime.fromisoformat("2026-03-01T19:30:05+02:00"))
    client = boto3.client("scheduler", region_name=REGION)
    made = client.get_schedule(Name="churn.20260301T173005", GroupName=GROUP)
    assert made["ScheduleExpression"] == "at(2026-03-01T17:30:05)"
    assert made["ActionAfterCompletion"] == "DELETE"
    target = made["Target"]
    assert target["EventBridgeParameters"] == {"Source": "tideline", "DetailType": "ReviewRequested"}
    assert ReviewRequested.model_validate_json(target["Input"]).model == MODEL
    assert (target["Arn"], target["RoleArn"]) == (ARNS["bus_arn"], ROLE_ARN)


def test_asking_again_makes_one_and_another_moment_is_another(wake_ups: SchedulerWakeUps) -> None:
    for _ in range(3):
        wake_ups.set(MODEL, at=START)
    wake_ups.set(MODEL, at=START + timedelta(hours=1))
    assert names() == ["churn.20260301T120000", "churn.20260301T130000"]


def test_a_wake_up_is_never_taken_for_a_schedule_of_any_model(wake_ups: SchedulerWakeUps) -> None:
    SchedulerSchedules(boto3.client("scheduler", region_name=REGION), group=GROUP, **ARNS).set(
        MODEL, "rate(1 day)"
    )
    wake_ups.set(MODEL, at=START)
    assert [name for name in names() if MODEL_NAME.fullmatch(name)] == [MODEL]


def test_the_longest_name_fits(wake_ups: SchedulerWakeUps) -> None:
    wake_ups.set("m" * 41, at=START)
    assert len(names()[0]) <= 64


def test_what_scheduler_refuses_is_not_swallowed() -> None:
    client = boto3.client("scheduler", region_name=REGION)
    with Stubber(client) as stub:
        stub.add_client_error("create_schedule", service_error_code="AccessDeniedException")
        with pytest.raises(ClientError, match="AccessDenied"):
            SchedulerWakeUps(client, group=GROUP, **ARNS).set(MODEL, at=START)
