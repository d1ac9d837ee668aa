"""push --labels: where outcomes are dropped, and what is told of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.fakes.samples import MODEL
from tests.unit.cli.conftest import Cloud
from tests.unit.cli.test_file_commands import answering, receipt
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome
from tideline.domain.labels.canonical_labels import LabelsRead

Tideline = Callable[..., Result]
READ = LabelsRead(
    rows=1340, bad_rows=4, by_entity=40, faults={"spent: not a number": 4}, extra_columns=("age",)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "february.csv"
    path.write_text("prediction_id,spent\n")
    return path


def reply_with(cloud: Cloud, outcome: ObjectOutcome, **fields: Any) -> Callable[[DroppedObject], None]:
    def reply(item: DroppedObject) -> None:
        cloud.registry.receipts.conclude(MODEL, receipt(item, outcome, **fields))

    return reply


def test_labels_go_into_their_own_folder_and_what_comes_next_is_told(
    cloud: Cloud, tideline: Tideline, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.apply()
    message = "1,340 labels; 4 bad rows are in quarantine with their reasons"
    answering(monkeypatch, "push", reply_with(cloud, ObjectOutcome.ACCEPTED, message=message, labels=READ))

    result = tideline("push", MODEL, file, "--labels")

    assert result.exit_code == 0, result.output
    assert cloud.inbox.read(f"{MODEL}/labels/february.csv") == file.read_bytes()
    told = result.stdout.replace("\n", " ")
    assert f"february.csv: accepted: {message}" in told
    assert "spent: not a number: 4 rows" in told
    assert "40 labels by entity, not by prediction" in told
    assert "no part of labels, left alone: age" in told
    assert f"those rows, with reasons: s3://lake/{MODEL}/quarantine/" in told
    assert "joined with predictions of up to 90d before" in told
    assert f"tideline monitor {MODEL} --now" in told


def test_labels_as_json(
    cloud: Cloud, tideline: Tideline, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.apply()
    answering(monkeypatch, "push", reply_with(cloud, ObjectOutcome.DUPLICATE, labels=READ))

    result = tideline("push", MODEL, file, "--labels", "--json")

    (told,) = json.loads(result.stdout)
    assert (told["outcome"], told["rows"], told["bad_rows"]) == ("duplicate", 1340, 4)
    assert told["quarantine"] is None


def test_labels_that_cannot_be_used_say_why_and_nothing_comes_next(
    cloud: Cloud, tideline: Tideline, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.apply()
    why = "there is neither 'prediction_id' nor 'customer'"
    answering(monkeypatch, "push", reply_with(cloud, ObjectOutcome.QUARANTINED, message=why))

    result = tideline("push", MODEL, file, "--labels")

    assert result.exit_code == 1
    assert f"february.csv: quarantined: {why}" in result.stdout
    assert "reason.json" in result.stdout
    assert "monitor" not in result.stdout


def test_labels_of_a_model_without_a_spec_are_not_dropped(
    cloud: Cloud, tideline: Tideline, file: Path
) -> None:
    assert tideline("push", MODEL, file, "--labels").exit_code != 0
    assert cloud.inbox.listed("") == []


def test_a_file_is_one_thing(cloud: Cloud, tideline: Tideline, file: Path) -> None:
    result = tideline("push", MODEL, file, "--labels", "--batch")

    assert result.exit_code == 2
    assert "two different things" in result.stderr
