from __future__ import annotations

import json

import pytest

from tests.fakes.alerts import FakeDeadLetters
from tideline.errors import ChatRefused, ChatUnavailable, TidelineError
from tideline.events.aws import SnsNotification
from tideline.services.send_to_chat import SendToChat

ADDRESS = "https://chat.example/hooks/secret"
NOTIFICATION = SnsNotification.model_validate(
    {"Type": "Notification", "MessageId": "m1", "Subject": "[Tideline dev] drift", "Message": "line\nline"}
)


class Address:
    def __init__(self, failure: TidelineError | None = None) -> None:
        self._failure = failure

    def read(self) -> str:
        if self._failure:
            raise self._failure
        return ADDRESS


class Room:
    def __init__(self, failure: TidelineError | None = None) -> None:
        self.posted: list[tuple[str, str]] = []
        self._failure = failure

    def post(self, address: str, text: str) -> None:
        if self._failure:
            raise self._failure
        self.posted.append((address, text))


def test_subject_and_text_are_posted() -> None:
    room, letters = Room(), FakeDeadLetters()

    assert SendToChat(Address(), room, letters)(NOTIFICATION) is None
    assert room.posted == [(ADDRESS, "[Tideline dev] drift\nline\nline")]
    assert letters.kept == []


def test_what_the_chat_refuses_is_kept_with_the_reason_and_not_tried_again() -> None:
    letters = FakeDeadLetters()

    refusal = SendToChat(Address(), Room(ChatRefused("the chat answered 404")), letters)(NOTIFICATION)

    assert isinstance(refusal, ChatRefused)
    ((body, reason),) = letters.kept
    assert SnsNotification.model_validate_json(body) == NOTIFICATION
    assert reason == "ChatRefused: the chat answered 404"
    assert json.loads(body)["Message"] == "line\nline"


def test_without_an_address_messages_are_kept() -> None:
    letters = FakeDeadLetters()

    assert SendToChat(Address(ChatRefused("no parameter")), Room(), letters)(NOTIFICATION)
    assert len(letters.kept) == 1


def test_a_chat_that_does_not_answer_is_tried_again() -> None:
    letters = FakeDeadLetters()

    with pytest.raises(ChatUnavailable):
        SendToChat(Address(), Room(ChatUnavailable("503")), letters)(NOTIFICATION)
    assert letters.kept == []


def test_a_long_letter_is_cut_and_calls_nobody() -> None:
    room = Room()
    shouting = NOTIFICATION.model_copy(update={"message": "<!channel> @here " + "x" * 9000})

    SendToChat(Address(), room, FakeDeadLetters())(shouting)

    ((_, text),) = room.posted
    assert len(text) == 4000
    assert "<!channel>" not in text
    assert "@here" not in text
