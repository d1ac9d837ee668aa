from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.alerts import FakeAlertRegistry, FakeAlertTopic
from tests.fakes.clock import START, FakeClock
from tests.fakes.messages import bus_event
from tideline.alerting.place import Place
from tideline.domain.alerts.alert import Letter
from tideline.errors import StorageUnavailable
from tideline.events.base import Envelope
from tideline.services.notify import Notify


class World:
    def __init__(self) -> None:
        self.topic, self.alerts = FakeAlertTopic(), FakeAlertRegistry()
        self.notify = Notify(
            topic=self.topic,
            alerts=self.alerts,
            clock=FakeClock(),
            place=Place(environment="dev", lake_bucket="lake"),
        )

    def hear(self, detail_type: str = "DriftDetected", **detail: Any) -> Letter | None:
        return self.notify(Envelope.model_validate(bus_event(detail_type, **detail)))


@pytest.fixture
def world() -> World:
    return World()


def test_a_redelivered_event_is_told_once(world: World) -> None:
    first, again = world.hear(), world.hear()

    assert first is not None
    assert again is None
    assert world.topic.letters == [first]
    assert all(at > START for at in world.alerts.told.values())


def test_a_hundred_drift_events_of_a_day_are_one_letter(world: World) -> None:
    for minute in range(100):
        world.hear(event_id=str(minute), occurred_at=f"2026-03-01T12:{minute % 60:02d}:00Z", rows=minute)

    assert len(world.topic.letters) == 1


def test_who_dies_before_the_note_tells_again_and_never_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(key: str, **_: Any) -> None:
        raise StorageUnavailable("gone")

    with monkeypatch.context() as dying:
        dying.setattr(world.alerts, "mark_told", die)
        with pytest.raises(StorageUnavailable):
            world.hear()

    assert world.hear() is not None
    assert world.hear() is None
    assert len(world.topic.letters) == 2


def test_what_could_not_be_sent_is_not_noted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(letter: Letter) -> str:
        raise StorageUnavailable("SNS did not answer")

    monkeypatch.setattr(world.topic, "publish", refuse)
    with pytest.raises(StorageUnavailable):
        world.hear()

    assert world.alerts.told == {}


def test_on_the_local_cloud_commands_name_no_environment(world: World) -> None:
    letter = world.hear()

    assert letter is not None
    assert "`tideline drift electricity`" in letter.text
    assert letter.subject.startswith("[Tideline dev]")
