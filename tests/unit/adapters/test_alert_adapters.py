"""Topic, parameter, dead letters and notes of alerts, on moto."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.fakes.aws import REGION, make_table
from tests.fakes.clock import START
from tideline.adapters.registry.alerts import DynamoDbAlertRegistry
from tideline.adapters.sns_topic import SnsAlertTopic
from tideline.adapters.sqs_dead_letters import SqsDeadLetters
from tideline.adapters.ssm_secret import SsmSecret
from tideline.domain.alerts.alert import ALERT_KEYS, Letter
from tideline.errors import ChatRefused

NAME = "/tideline/dev/webhook"

pytestmark = pytest.mark.usefixtures("aws")


def test_who_has_subscribed_gets_subject_and_text() -> None:
    sns, sqs = boto3.client("sns", region_name=REGION), boto3.client("sqs", region_name=REGION)
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    url = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:123456789012:mailbox"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    SnsAlertTopic(sns, topic).publish(Letter(subject="[Tideline dev] drift", text="one\ntwo"))

    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    body = json.loads(message["Body"])
    assert (body["Subject"], body["Message"]) == ("[Tideline dev] drift", "one\ntwo")


def test_a_secret_is_read_as_it_is_now() -> None:
    client = boto3.client("ssm", region_name=REGION)
    secret = SsmSecret(client, NAME)
    for value in ("https://old.example/", "https://new.example/\n"):
        client.put_parameter(Name=NAME, Value=value, Type="SecureString", Overwrite=True)
        assert secret.read() == value.strip()


def test_a_secret_that_lies_open_or_nowhere_is_refused() -> None:
    client = boto3.client("ssm", region_name=REGION)
    with pytest.raises(ChatRefused, match="ParameterNotFound"):
        SsmSecret(client, NAME).read()
    client.put_parameter(Name=NAME, Value="https://chat.example/s3cr3t", Type="String")
    with pytest.raises(ChatRefused, match="SecureString") as caught:
        SsmSecret(client, NAME).read()
    assert "s3cr3t" not in str(caught.value)


def test_a_dead_letter_has_its_reason_beside_it() -> None:
    client = boto3.client("sqs", region_name=REGION)
    url = client.create_queue(QueueName="letters")["QueueUrl"]

    SqsDeadLetters(client, url).keep("body", reason="the chat answered 404")

    (message,) = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == "body"
    assert message["MessageAttributes"]["reason"]["StringValue"] == "the chat answered 404"


def test_what_was_told_is_known_for_a_month_and_noting_it_twice_does_no_harm() -> None:
    table = make_table()
    alerts = DynamoDbAlertRegistry(table)
    assert not alerts.was_told("key")

    alerts.mark_told("key", at=START)
    alerts.mark_told("key", at=START)

    assert alerts.was_told("key")
    assert not alerts.was_told("other")
    item = table.get(f"{ALERT_KEYS}key", "TOLD")
    assert item is not None
    assert item["expires_at"] == int(START.timestamp()) + 30 * 24 * 3600
