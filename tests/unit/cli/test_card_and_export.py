"""card and export: written where asked, from what is recorded, and nothing half-written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from cli.errors import CliError
from cli.export.bundle import verify
from tests.fakes.clock import START
from tests.fakes.evidence import evidence, make_manifest, make_version
from tests.fakes.samples import MODEL, version
from tests.unit.cli.conftest import Cloud
from tideline.card.evidence import Evidence
from tideline.card.rendering import render_html, render_markdown
from tideline.domain.contract.spec import SpecHead

Tideline = Callable[..., Result]
ARTIFACT = b"\x08 an ONNX file"
NAMES = {
    "SHA256SUMS",
    "card.html",
    "card.md",
    "manifest.json",
    "model.onnx",
    "predict.py",
    "report.json",
    "requirements.txt",
}


@pytest.fixture
def recorded(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evidence:
    """Version 2, in the registry and the lake, and an empty current folder."""
    monkeypatch.chdir(tmp_path)
    given = evidence(latency=None, approval=None, ledger=())
    content = given.report.to_json()
    plain = make_version(given.report)
    record = plain.model_copy(
        update={
            "sha256": hashlib.sha256(ARTIFACT).hexdigest(),
            "evaluation": given.report.summary(sha256=hashlib.sha256(content).hexdigest()),
        }
    )
    manifest = make_manifest(given.spec, record)
    cloud.registry.specs.append(given.spec, head=SpecHead(), at=START)
    cloud.registry.versions.register(version())
    cloud.registry.versions.register(record)
    files = {
        "model.onnx": ARTIFACT,
        "manifest.json": manifest.model_dump_json().encode(),
        "report.json": content,
    }
    for name, written in files.items():
        cloud.lake.write(f"churn/versions/2/{name}", written)
    entries = tuple(cloud.registry.ledger.entries(record.model))
    return given.model_copy(update={"version": record, "manifest": manifest, "ledger": entries})


def test_a_card_goes_to_the_current_folder_and_says_so(recorded: Evidence, tideline: Tideline) -> None:
    result = tideline("card", MODEL, "2")

    assert result.exit_code == 0, result.output
    assert "churn-v2.html: the card of churn version 2" in result.stdout
    assert Path("churn-v2.html").read_text(encoding="utf-8") == render_html(recorded)


def test_a_card_as_markdown_on_stdout_is_the_card_alone(recorded: Evidence, tideline: Tideline) -> None:
    result = tideline("card", MODEL, "2", "--format", "md", "--out", "-")

    assert result.stdout == render_markdown(recorded)
    assert list(Path().iterdir()) == []


def test_a_card_as_json_names_the_file(recorded: Evidence, tideline: Tideline) -> None:
    told = json.loads(tideline("card", MODEL, "2", "--out", "x.html", "--json").stdout)

    assert told == {"model": MODEL, "version": 2, "format": "html", "file": "x.html"}
    assert Path("x.html").is_file()


def test_a_card_is_opened_where_asked(
    recorded: Evidence, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    tideline("card", MODEL, "2", "--open")

    assert opened == [Path("churn-v2.html").resolve().as_uri()]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("2", "--out", "-", "--open"), 2, "leave out --open"),
        (("2", "--out", "."), 2, "is a folder"),
        (("9",), 1, "the newest is 2"),
        (("1",), 1, "is gone from the lake"),
    ],
)
def test_a_card_that_cannot_be_written_says_why(
    recorded: Evidence, tideline: Tideline, arguments: tuple[str, ...], code: int, said: str
) -> None:
    result = tideline("card", MODEL, *arguments)

    assert (result.exit_code, list(Path().iterdir())) == (code, [])
    assert said in result.stderr


def test_an_unreadable_report_is_a_sentence(recorded: Evidence, cloud: Cloud, tideline: Tideline) -> None:
    cloud.lake.write("churn/versions/2/report.json", b'{"schema_version": 1}')
    result = tideline("card", MODEL, "2")

    assert result.exit_code == 1
    assert "churn/versions/2/report.json" in result.stderr
    assert "tideline retrain churn --force" in result.stderr


def test_an_export_is_whole_and_its_sums_are_right(recorded: Evidence, tideline: Tideline) -> None:
    result = tideline("export", MODEL, "2", "out")

    assert result.exit_code == 0, result.output
    assert {path.name for path in Path("out").iterdir()} == NAMES
    sums = dict(
        reversed(line.split("  ")) for line in Path("out/SHA256SUMS").read_text(encoding="utf-8").splitlines()
    )
    assert sums == {
        name: hashlib.sha256(Path("out", name).read_bytes()).hexdigest() for name in NAMES - {"SHA256SUMS"}
    }
    assert Path("out/model.onnx").read_bytes() == ARTIFACT
    assert Path("out/card.html").read_text(encoding="utf-8") == render_html(recorded)


def test_exporting_again_changes_nothing(recorded: Evidence, tideline: Tideline) -> None:
    tideline("export", MODEL, "2", "out")
    before = {path.name: path.stat().st_mtime_ns for path in Path("out").iterdir()}
    told = json.loads(tideline("export", MODEL, "2", "out", "--json").stdout)

    assert (told["written"], set(told["files"])) == (False, NAMES)
    assert {path.name: path.stat().st_mtime_ns for path in Path("out").iterdir()} == before


def test_a_folder_that_holds_something_is_left_alone_unless_forced(
    recorded: Evidence, tideline: Tideline
) -> None:
    Path("out").mkdir()
    Path("out/mine.txt").write_text("keep", encoding="utf-8")

    refused = tideline("export", MODEL, "2", "out")
    assert (refused.exit_code, len(list(Path("out").iterdir()))) == (2, 1)
    assert "--force" in refused.stderr
    assert tideline("export", MODEL, "2", "out", "--force").exit_code == 0
    assert {path.name for path in Path("out").iterdir()} == NAMES | {"mine.txt"}


def test_a_file_in_the_folders_place_is_refused(recorded: Evidence, tideline: Tideline) -> None:
    Path("out").write_text("a file", encoding="utf-8")
    assert tideline("export", MODEL, "2", "out").exit_code == 2


def test_a_manifest_that_is_not_the_one_registered_is_not_exported(recorded: Evidence) -> None:
    record = recorded.version.model_copy(update={"manifest_sha256": hashlib.sha256(b"{}").hexdigest()})
    report = recorded.report.to_json()
    verify(record, artifact=ARTIFACT, manifest=b"{}", report=report)
    with pytest.raises(CliError, match=r"manifest.json of churn version 2 is not what was registered"):
        verify(record, artifact=ARTIFACT, manifest=b"{ }", report=report)


@pytest.mark.parametrize("name", ["model.onnx", "report.json"])
def test_what_is_not_what_was_registered_is_not_exported(
    recorded: Evidence, cloud: Cloud, tideline: Tideline, name: str
) -> None:
    changed = ARTIFACT + b"!" if name == "model.onnx" else recorded.report.to_json() + b"\n"
    cloud.lake.write(f"churn/versions/2/{name}", changed)
    result = tideline("export", MODEL, "2", "out")

    assert result.exit_code == 1
    assert f"{name} of churn version 2 is not what was registered" in result.stderr
    assert not Path("out").exists()


def test_an_artifact_that_is_gone_is_not_exported(
    recorded: Evidence, cloud: Cloud, tideline: Tideline
) -> None:
    cloud.target.s3.delete_object(Bucket="lake", Key="churn/versions/2/model.onnx")
    result = tideline("export", MODEL, "2", "out")

    assert result.exit_code == 1
    assert "model.onnx is gone from the lake" in result.stderr
    assert not Path("out").exists()
