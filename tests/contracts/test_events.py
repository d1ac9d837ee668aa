"""Events as users see them: samples to send, schemas to read, both true to the models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.schemas import FOLDER, file_name, schemas, text, write
from tideline.events.base import SOURCE, Command
from tideline.events.catalog import COMMANDS, EVENTS, FACTS

SAMPLES = FOLDER.parent


def sample(detail_type: str) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads((SAMPLES / file_name(detail_type)).read_text())
    return entries


@pytest.mark.parametrize("detail_type", EVENTS)
def test_every_event_has_a_sample_that_parses(detail_type: str) -> None:
    (entry,) = sample(detail_type)
    assert set(entry) == {"EventBusName", "Source", "DetailType", "Detail"}
    assert (entry["EventBusName"], entry["Source"]) == ("tideline-dev", SOURCE)
    event = EVENTS[entry["DetailType"]].model_validate_json(entry["Detail"])
    assert entry["DetailType"] == event.detail_type() == detail_type


def test_there_is_no_sample_of_anything_else() -> None:
    assert {path.name for path in SAMPLES.glob("*.json")} == {file_name(name) for name in EVENTS}


def test_committed_schemas_are_those_of_the_models() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.iterdir()}
    assert committed == {name: text(schema) for name, schema in schemas().items()}


def test_writing_removes_what_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone.json").write_text("{}")
    write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(schemas())


def test_a_schema_forbids_unknown_fields_and_names_its_version() -> None:
    for name in EVENTS:
        schema = schemas()[file_name(name)]
        assert schema["additionalProperties"] is False
        assert schema["properties"]["schema_version"]["const"] == 1


def test_a_fact_always_says_everything_and_a_command_only_what_is_needed() -> None:
    for fact in FACTS:
        schema = schemas()[file_name(fact.detail_type())]
        assert set(schema["required"]) == set(schema["properties"])
    assert schemas()["retrain-requested.json"]["required"] == ["model"]


def test_every_command_checks_the_model_where_it_comes_in() -> None:
    for command in COMMANDS:
        assert issubclass(command, Command)
        assert schemas()[file_name(command.detail_type())]["properties"]["model"]["pattern"]


def test_editors_are_told_of_durations_and_labels_as_people_write_them() -> None:
    defs = schemas()["model-spec.json"]["$defs"]
    every = defs["MonitoringSpec"]["properties"]["every"]["anyOf"]
    assert [kind["type"] for kind in every] == ["string", "integer"]
    values = defs["FeatureSpec"]["properties"]["values"]["anyOf"][0]
    assert values["items"]["type"] == ["string", "number", "boolean"]
