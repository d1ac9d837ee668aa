from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from tests.fakes.messages import aws_sample, bus_event
from tideline.events import commands, facts
from tideline.events.aws import ExecutionEnded, ObjectCreated
from tideline.events.base import Command, Envelope, Event, Fact
from tideline.events.catalog import COMMANDS, EVENTS, FACTS


def defined_in(module: object) -> set[type[Event]]:
    bases = (Fact, Command, Event)
    return {
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind not in bases
    }


def test_every_event_is_in_the_catalogue() -> None:
    assert set(FACTS) == defined_in(facts)
    assert set(COMMANDS) == defined_in(commands)
    assert set(EVENTS.values()) == {*FACTS, *COMMANDS}


def test_an_envelope_keeps_what_is_needed_and_ignores_the_rest() -> None:
    envelope = Envelope.model_validate(bus_event("RetrainRequested", event_id="e1"))
    assert (envelope.id, envelope.source, envelope.detail_type) == ("e1", "tideline", "RetrainRequested")
    assert envelope.time == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_an_event_takes_neither_unknown_fields_nor_another_version(kind: type[Event]) -> None:
    detail = bus_event(kind.detail_type())["detail"]
    assert kind.model_validate(detail).schema_version == 1
    for wrong in ({"surprise": 1}, {"schema_version": 2}):
        with pytest.raises(ValidationError):
            kind.model_validate(detail | wrong)


def test_a_dropped_object_keeps_its_key_as_it_is() -> None:
    dropped = ObjectCreated.model_validate(aws_sample("object-created")["detail"]).dropped()
    assert dropped.key == "churn/data/a b+c%2F.csv"
    assert (dropped.bucket, dropped.size_bytes) == ("inbox", 5)
    assert (dropped.version_id, dropped.sequencer) == (
        "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
        "00617F08299329D189",
    )


def test_an_object_of_a_bucket_without_versions_has_the_null_version() -> None:
    detail = aws_sample("object-created", object={"key": "k"})["detail"]
    dropped = ObjectCreated.model_validate(detail).dropped()
    assert (dropped.version_id, dropped.sequencer, dropped.size_bytes) == ("null", "", 0)


def test_an_ended_execution_has_its_name_and_reason() -> None:
    ended = ExecutionEnded.model_validate(aws_sample("execution-status-change")["detail"])
    assert (ended.name, ended.status, ended.error) == ("churn-d1-s1", "FAILED", "TrainingImpossible")
    assert ended.execution_arn.endswith(":training:churn-d1-s1")
