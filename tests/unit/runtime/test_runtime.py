from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import pytest
from pydantic import ValidationError

from tests.fakes.messages import bus_event, failures, sqs_batch
from tideline.events.base import Envelope
from tideline.runtime import batches, clock, settings, workdir
from tideline.runtime.batches import each_event


class Wanted(settings.FunctionSettings):
    bus_name: str
    memory_mb: int


@pytest.fixture(autouse=True)
def _fresh() -> None:
    settings.load.cache_clear()


def test_settings_come_from_the_environment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_BUS_NAME", "bus")
    monkeypatch.setenv("TIDELINE_MEMORY_MB", "512")
    first = settings.load(Wanted)
    monkeypatch.setenv("TIDELINE_BUS_NAME", "other")
    assert settings.load(Wanted) is first
    assert (first.bus_name, first.memory_mb) == ("bus", 512)


def test_missing_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIDELINE_BUS_NAME", raising=False)
    monkeypatch.setenv("TIDELINE_MEMORY_MB", "much")
    with pytest.raises(ValidationError) as caught:
        settings.load(Wanted)
    assert {error["loc"][0] for error in caught.value.errors()} == {"bus_name", "memory_mb"}


def test_a_folder_to_work_in_is_gone_afterwards_with_everything_in_it() -> None:
    with workdir.workdir() as first, workdir.workdir() as second:
        (first / "file").write_bytes(b"1")
        assert first != second
    assert not first.exists()
    with pytest.raises(KeyError), workdir.workdir() as third:
        raise KeyError
    assert not third.exists()


def test_one_file_may_take_a_part_of_the_disk() -> None:
    assert workdir.room_for_one_file() > 0


def test_the_time_is_in_utc_and_the_stopwatch_never_goes_back() -> None:
    assert clock.utc_now().tzinfo is UTC
    assert clock.seconds() <= clock.seconds()


class TestBatches:
    @pytest.fixture(autouse=True)
    def again(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Messages whose next delivery is brought forward."""
        soon: list[str] = []
        monkeypatch.setattr(batches, "redeliver_soon", lambda record: soon.append(record["messageId"]))
        return soon

    def test_every_event_is_handled_once_in_order(self) -> None:
        seen: list[str] = []
        events = [bus_event("DatasetAccepted", event_id=str(n)) for n in range(3)]
        answer = each_event(sqs_batch(*events), lambda envelope: seen.append(envelope.id))
        assert (failures(answer), seen) == ([], ["0", "1", "2"])

    def test_a_failure_is_reported_by_itself_and_the_rest_goes_on(self, again: list[str]) -> None:
        seen: list[str] = []

        def handle(envelope: Envelope) -> None:
            if envelope.id == "1":
                raise KeyError("x")
            seen.append(envelope.id)

        events = [bus_event("DatasetAccepted", event_id=str(n)) for n in range(3)]
        assert failures(each_event(sqs_batch(*events), handle)) == ["m1"]
        assert (seen, again) == (["0", "2"], ["m1"])

    def test_what_is_not_understood_is_logged_by_its_fields_and_never_quoted(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        secret: dict[str, Any] = {"id": {"password": "hunter2"}}
        assert failures(each_event(sqs_batch(json.dumps(secret)), lambda envelope: None)) == ["m0"]
        logged = capsys.readouterr()
        assert "hunter2" not in logged.out + logged.err
