"""init, apply and push: what they write, drop and say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cli.inbox import upload
from cli.inbox.answers import Answer, wait_for_answers
from cli.inbox.upload import Inbox
from cli.patience import Patience
from tests.fakes.aws import INBOX
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, SPEC_TEXT, batch
from tests.unit.cli.conftest import Cloud
from tideline.domain.intake.dropped_object import DroppedObject, ObjectOutcome, ObjectReceipt

Tideline = Callable[..., Result]
Reply = Callable[[DroppedObject], None]


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    path = tmp_path / "churn.yaml"
    path.write_bytes(SPEC_TEXT)
    return path


def answering(monkeypatch: pytest.MonkeyPatch, command: str, reply: Reply) -> None:
    """Let the functions answer what a command has dropped, before it looks for the answer."""

    def wait(
        registry: Any, model: str, dropped: Sequence[DroppedObject], *, patience: Patience
    ) -> Iterator[Answer]:
        for item in dropped:
            reply(item)
        return wait_for_answers(registry, model, dropped, patience=Patience(timeout_s=0))

    monkeypatch.setattr(f"cli.commands.{command}.wait_for_answers", wait)


def receipt(item: DroppedObject, outcome: ObjectOutcome, **fields: Any) -> ObjectReceipt:
    return ObjectReceipt(key=item.key, version_id=item.version_id, outcome=outcome, at=START, **fields)


def test_init_writes_a_spec_and_says_what_is_next(tideline: Tideline, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text(
        "id,age,left\n" + "".join(f"{n},{n % 40},{'yes' if n % 7 == 0 else 'no'}\n" for n in range(99))
    )
    output = tmp_path / "out.yaml"

    result = tideline("init", data, "--model", "churn", "--target", "left", "--output", output)

    assert result.exit_code == 0, result.output
    assert "model: churn" in output.read_text()
    assert f"tideline apply {output}" in result.stdout


def test_init_replaces_nothing_unless_forced(tideline: Tideline, spec_file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("age,left\n1,a\n5,b\n3,a\n")

    refused = tideline("init", data, "--model", "churn", "--target", "left", "-o", spec_file)
    forced = tideline(
        "init", data, "--model", "churn", "--target", "left", "-o", spec_file, "--force", "--json"
    )

    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert json.loads(forced.stdout)["task"] == "binary"


def test_a_spec_with_faults_is_not_dropped_and_every_fault_has_its_line(
    cloud: Cloud, tideline: Tideline, tmp_path: Path
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("model: churn\ntask: binari\ntarget: left\nfeatures: {age: {type: number, mn: 1}}\n")

    result = tideline("apply", path)

    assert result.exit_code == 2
    assert f"{path}:2: task:" in result.stderr
    assert f"{path}:4: features.age.mn:" in result.stderr
    assert cloud.inbox.current_version("churn/model.yaml") is None


def test_faults_as_json(cloud: Cloud, tideline: Tideline, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("model: churn\ntask: binary\nfeatures: {age: {type: number}}\n")

    result = tideline("apply", path, "--json")

    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "outcome": "invalid",
        "faults": [{"place": "target", "line": 1, "problem": "is required"}],
    }


def test_apply_shows_the_version_and_what_has_no_effect_yet(
    cloud: Cloud, tideline: Tideline, spec_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec_file.write_bytes(SPEC_TEXT + b"training: {compute: batch}\n")

    def reply(item: DroppedObject) -> None:
        cloud.apply()
        cloud.registry.receipts.conclude(
            MODEL, receipt(item, ObjectOutcome.ACCEPTED, message="spec version 1")
        )

    answering(monkeypatch, "apply", reply)
    result = tideline("apply", spec_file, "--json")

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["model"], told["outcome"], told["spec_version"]) == (MODEL, "accepted", 1)
    assert told["notices"] == ["training.compute: training runs in functions for now"]
    assert cloud.inbox.read("churn/model.yaml") == spec_file.read_bytes()


def test_apply_does_not_wait_where_told_so(cloud: Cloud, tideline: Tideline, spec_file: Path) -> None:
    result = tideline("apply", spec_file, "--no-wait")

    assert result.exit_code == 0
    assert cloud.inbox.read("churn/model.yaml") == SPEC_TEXT


def test_push_shows_rows_faults_and_where_the_bad_rows_lie(
    cloud: Cloud, tideline: Tideline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "january.csv"
    file.write_text("age,plan,spent\n1,a,2\n")

    def reply(item: DroppedObject) -> None:
        named = item.model_copy(update={"sequencer": "0A"})
        cloud.registry.receipts.claim(MODEL, named)
        cloud.registry.datasets.accept(
            batch(1, obj=named, bad_rows=3, faults={"age: missing": 1, "age: below min 0": 2}),
            named,
            receipt(named, ObjectOutcome.ACCEPTED, batch=1, message="2 rows; 3 bad ones"),
        )

    answering(monkeypatch, "push", reply)
    result = tideline("push", MODEL, file)

    assert result.exit_code == 0, result.output
    assert "january.csv: accepted, data set version 1: 2 rows; 3 bad ones" in result.stdout
    assert result.stdout.index("age: below min 0: 2 rows") < result.stdout.index("age: missing: 1 row")
    assert "s3://lake/churn/quarantine/" in result.stdout


def test_a_quarantined_file_exits_with_one_and_says_why(
    cloud: Cloud, tideline: Tideline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("")
    answering(
        monkeypatch,
        "push",
        lambda item: cloud.registry.receipts.conclude(  # type: ignore[arg-type, return-value]
            MODEL, receipt(item, ObjectOutcome.QUARANTINED, reason="empty", message="the file is empty")
        ),
    )

    result = tideline("push", MODEL, file, "--json")

    assert result.exit_code == 1
    (told,) = json.loads(result.stdout)
    assert (told["outcome"], told["reason"], told["message"]) == ("quarantined", "empty", "the file is empty")
    assert told["quarantine"].endswith("/reason.json")


def test_a_file_without_an_answer_in_time_is_told_of(
    cloud: Cloud, tideline: Tideline, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("age\n1\n")

    result = tideline("push", MODEL, file, "--timeout", "0", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)[0]["outcome"] == "no_answer"
    assert "tideline doctor" in result.stderr


def test_push_refuses_what_cannot_work(cloud: Cloud, tideline: Tideline, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    first, second = tmp_path / "x.csv", tmp_path / "a/x.csv"
    first.write_text("1")
    second.write_text("2")

    assert tideline("push", "No Model", first).exit_code == 2
    assert tideline("push", MODEL, tmp_path / "absent.csv").exit_code == 2
    twice = tideline("push", MODEL, first, second)
    assert twice.exit_code == 2
    assert "two files are called x.csv" in twice.stderr


def test_a_large_file_goes_in_parts_and_names_its_version(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "PART_BYTES", 5 * 1024 * 1024)
    path = tmp_path / "big.csv"
    path.write_bytes(b"0123456789" * 1_100_000)
    sent: list[int] = []

    dropped = Inbox(cloud.target.s3, INBOX).drop(path, "churn/data/big.csv", progress=sent.append)

    assert len(sent) == 3
    assert sum(sent) == dropped.size_bytes == 11_000_000
    assert dropped.version_id == cloud.inbox.current_version("churn/data/big.csv")
    assert cloud.inbox.read("churn/data/big.csv") == path.read_bytes()


def test_an_interrupted_upload_leaves_nothing_behind(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "PART_BYTES", 5 * 1024 * 1024)
    path = tmp_path / "big.csv"
    path.write_bytes(b"x" * 11_000_000)

    def interrupt(_sent: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Inbox(cloud.target.s3, INBOX).drop(path, "churn/data/big.csv", progress=interrupt)

    assert "Uploads" not in cloud.target.s3.list_multipart_uploads(Bucket=INBOX)
    assert cloud.inbox.current_version("churn/data/big.csv") is None
