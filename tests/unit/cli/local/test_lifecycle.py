from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.local import deployment, lifecycle, server, warmth
from cli.local.lifecycle import down, reset, up
from cli.local.places import Places
from cli.local.record import LocalRecord, read_record, write_record

RUNNING = LocalRecord(endpoint="http://127.0.0.1:4566", port=4566, pid=42, started="today")


class Machine:
    """A machine on which starting and deploying only leave a trace."""

    def __init__(self, root: Path) -> None:
        self.places = Places(root)
        self.did: list[str] = []
        self.is_up = False
        self.digest = "first"
        self.asked_for: list[int | None] = []

    def start(self, _places: Places, *, preferred_port: int | None) -> LocalRecord:
        self.did.append("start")
        self.asked_for.append(preferred_port)
        self.is_up = True
        return RUNNING

    def stop(self, _record: LocalRecord) -> bool:
        self.did.append("stop")
        was_up, self.is_up = self.is_up, False
        return was_up

    def deploy(self, _places: Places, _record: LocalRecord) -> dict[str, str]:
        self.did.append("deploy")
        return {"InboxBucket": "inbox"}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(server, "start", made.start)
    monkeypatch.setattr(server, "stop", made.stop)
    monkeypatch.setattr(server, "is_up", lambda _record: made.is_up)
    monkeypatch.setattr(lifecycle, "deployment_digest", lambda _places: made.digest)
    monkeypatch.setattr(deployment, "bootstrap", lambda *_: made.did.append("bootstrap"))
    monkeypatch.setattr(deployment, "synthesize", lambda *_: made.did.append("synthesize"))
    monkeypatch.setattr(deployment, "deploy", made.deploy)
    monkeypatch.setattr(warmth, "warm", lambda _record: made.did.append("warm"))
    return made


def test_the_first_up_starts_and_deploys_and_writes_the_record(machine: Machine) -> None:
    record = up(places=machine.places)

    assert machine.did == ["start", "bootstrap", "synthesize", "deploy", "warm"]
    assert record == replace(RUNNING, outputs={"InboxBucket": "inbox"}, digest="first")
    assert read_record(machine.places.record) == record


def test_a_second_up_does_nothing(machine: Machine) -> None:
    first = up(places=machine.places)
    machine.did.clear()

    assert up(places=machine.places) == first
    assert machine.did == []


def test_a_change_is_deployed_without_a_new_start_or_bootstrap(machine: Machine) -> None:
    up(places=machine.places)
    machine.did.clear()
    machine.digest = "second"

    assert up(places=machine.places).digest == "second"
    assert machine.did == ["synthesize", "deploy", "warm"]


def test_up_after_down_only_starts_on_the_same_port_if_it_can(machine: Machine) -> None:
    before = up(places=machine.places)
    down(places=machine.places)
    machine.did.clear()

    assert up(places=machine.places) == before
    assert machine.did == ["start", "warm"]
    assert machine.asked_for == [None, 4566]


def test_a_failed_deployment_is_tried_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(deployment, "synthesize", fails)
    with pytest.raises(RuntimeError):
        up(places=machine.places)

    record = read_record(machine.places.record)
    assert record is not None
    assert record.pid == 42
    assert record.digest is None


def test_down_keeps_what_was_deployed_and_forgets_the_process(machine: Machine) -> None:
    up(places=machine.places)

    assert down(places=machine.places)

    record = read_record(machine.places.record)
    assert record is not None
    assert record.pid is None
    assert record.digest == "first"


def test_down_without_anything_does_nothing(machine: Machine) -> None:
    assert not down(places=machine.places)
    assert machine.did == []


def test_reset_stops_and_leaves_nothing(machine: Machine) -> None:
    up(places=machine.places)

    reset(places=machine.places)

    assert machine.did[-1] == "stop"
    assert not machine.places.home.exists()


def test_every_step_is_told_of_before_it_begins(machine: Machine) -> None:
    told: list[str] = []

    up(places=machine.places, report=lambda step, _detail: told.append(step))

    assert told == ["start", "bootstrap", "synthesize", "deploy", "warm up", "ready"]


def test_a_record_of_before_this_version_is_as_good_as_none(machine: Machine) -> None:
    write_record(machine.places.record, RUNNING)
    machine.places.record.write_text('{"endpoint": "x", "color": "blue"}')

    assert read_record(machine.places.record) is None
    up(places=machine.places)
    assert machine.did[0] == "start"
