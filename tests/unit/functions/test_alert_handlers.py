"""`notify` and `send_to_chat` as Lambda calls them, on moto."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

import send_to_chat.wiring
from send_to_chat.handler import handler as send
from tests.fakes.alerts import FakeDeadLetters
from tests.fakes.aws import REGION
from tests.fakes.messages import Context, aws_sample, bus_event, failures, sqs_batch
from tests.unit.functions.conftest import Cloud
from tideline.errors import ChatRefused, ChatUnavailable, TidelineError
from tideline.services.send_to_chat import SendToChat

Call = Callable[..., Any]
ADDRESS = "https://chat.example/hooks/s3cr3t"


@pytest.fixture
def mailbox(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """Return what whoever has subscribed has got."""
    sns, sqs = boto3.client("sns", region_name=REGION), boto3.client("sqs", region_name=REGION)
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    url = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:123456789012:mailbox")
    monkeypatch.setenv("TIDELINE_ALERT_TOPIC_ARN", topic)
    monkeypatch.setenv("TIDELINE_ENVIRONMENT", "dev")

    def read() -> list[dict[str, Any]]:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    return read


def test_events_become_mails_and_those_delivered_twice_one_mail(
    call: Call, mailbox: Callable[[], list[dict[str, Any]]]
) -> None:
    drift, alarm = bus_event("DriftDetected"), aws_sample("alarm-state-change")

    answer = call("notify", sqs_batch(drift, alarm, drift))
    call("notify", sqs_batch(alarm))

    assert failures(answer) == []
    assert sorted(mail["Subject"] for mail in mailbox()) == [
        "[Tideline dev] Predictions fail with server errors",
        "[Tideline dev] electricity v1: harmful drift, a new run is asked for",
    ]


def test_an_event_that_is_not_understood_comes_again_and_keeps_no_other(
    call: Call, mailbox: Callable[[], list[dict[str, Any]]]
) -> None:
    broken = bus_event("RunFailed", stage=None)

    answer = call("notify", sqs_batch(broken, bus_event("ModelRolledBack")))

    assert failures(answer) == ["m0"]
    assert len(mailbox()) == 1


class Room:
    def __init__(self, *failures: TidelineError) -> None:
        self.posted: list[str] = []
        self._failures = list(failures)

    def post(self, address: str, text: str) -> None:
        if self._failures:
            raise self._failures.pop(0)
        self.posted.append(text)


class Address:
    def read(self) -> str:
        return ADDRESS


def notification(number: int) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": f"n{number}",
        "Subject": "subject",
        "Message": f"text {number}",
    }


def test_what_is_not_answered_comes_again_and_what_is_refused_does_not(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    room, letters = Room(ChatUnavailable("503"), ChatRefused("the chat answered 404")), FakeDeadLetters()
    use_case = SendToChat(address=Address(), chat=room, dead_letters=letters)
    batch = sqs_batch(*(notification(number) for number in range(3)))

    answer = send(batch, Context(), send_to_chat=use_case)  # type: ignore[arg-type]

    assert failures(answer) == ["m0"]
    assert [json.loads(body)["MessageId"] for body, _ in letters.kept] == ["n1"]
    assert room.posted == ["subject\ntext 2"]
    assert "s3cr3t" not in capsys.readouterr().out


def test_the_chat_is_wired_from_names_alone(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_WEBHOOK_PARAMETER", "/tideline/dev/webhook")
    monkeypatch.setenv("TIDELINE_CHAT_DEAD_LETTERS_URL", "https://sqs.example/letters")

    made = send_to_chat.wiring.send_to_chat()

    with pytest.raises(ChatRefused, match="ParameterNotFound"):
        made.address.read()
