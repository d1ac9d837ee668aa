"""`tideline audit`: whatever somebody does to the table with a tool of his own is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from typer.testing import Result

from cli.main import app
from tests.fakes.aws import REGION, TABLE
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, batch, deployment, dropped, receipt, run, sha, spec, version
from tests.unit.cli.conftest import Cloud
from tideline.domain.contract.spec import SpecHead
from tideline.domain.release.version import VersionState
from tideline.domain.training.run import RunStatus
from tideline.errors import RegistryConflict
from tideline.services.audit_ledger import Audit, AuditLedger

Tideline = Callable[..., Result]
# 1 spec, 2 data set, 3 run begun, 4 verdict, 5 run ended, 6 release.
ENTRIES = 6
DOES_NOT_FIT = 6


class Intruder:
    """Somebody who may write the table, row by row."""

    def __init__(self) -> None:
        self._table = boto3.resource("dynamodb", region_name=REGION).Table(TABLE)

    def read(self, sk: str) -> dict[str, Any]:
        return self._table.get_item(Key={"pk": f"MODEL#{MODEL}", "sk": sk})["Item"]

    def write(self, sk: str, **fields: Any) -> None:
        self._table.put_item(Item=self.read(sk) | fields)

    def remove(self, sk: str) -> None:
        self._table.delete_item(Key={"pk": f"MODEL#{MODEL}", "sk": sk})

    def replace_text(self, sk: str, old: str, new: str) -> None:
        document = self.read(sk)["document"]
        assert old in document
        self.write(sk, document=document.replace(old, new))

    def swap(self, one: str, other: str) -> None:
        first, second = self.read(one)["document"], self.read(other)["document"]
        self.write(one, document=second)
        self.write(other, document=first)


@pytest.fixture
def lived(cloud: Cloud) -> Cloud:
    """A model with a batch, a run and a live version."""
    cloud.apply()
    item = dropped()
    cloud.registry.receipts.claim(MODEL, item)
    cloud.registry.datasets.accept(batch(1), item, receipt(item, batch=1))
    cloud.registry.runs.begin(run(requested_by="ann"), event_id="e")
    cloud.registry.versions.register(version())
    cloud.registry.runs.save(run(status=RunStatus.REGISTERED, version=1, ended_at=START, requested_by="ann"))
    cloud.registry.deployments.replace(deployment(), states={1: (VersionState.CANDIDATE, VersionState.LIVE)})
    return cloud


def as_json(result: Result, *, exit_code: int = 0) -> Any:
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def test_what_nobody_touched_fits(lived: Cloud, tideline: Tideline) -> None:
    head = lived.registry.ledger.head(MODEL).sha256
    text = tideline("audit", "verify", MODEL)

    assert text.exit_code == 0
    assert text.stdout.splitlines() == ["churn: 6 entries, and everything fits", f"  head {head}"]
    assert as_json(tideline("audit", "verify", MODEL, "--json")) == {
        "model": MODEL,
        "entries": ENTRIES,
        "head_sha256": head,
        "misfit": None,
        "fits": True,
    }


def _edit(intruder: Intruder) -> None:
    intruder.replace_text("LEDGER#000004", "PROMOTE", "REJECT")


def _edit_by(intruder: Intruder) -> None:
    intruder.replace_text("LEDGER#000003", '"by":"ann"', '"by":"bob"')


def _remove(intruder: Intruder) -> None:
    intruder.remove("LEDGER#000003")


def _remove_last(intruder: Intruder) -> None:
    intruder.remove("LEDGER#000006")


def _swap(intruder: Intruder) -> None:
    intruder.swap("LEDGER#000002", "LEDGER#000005")


def _spoil(intruder: Intruder) -> None:
    intruder.write("LEDGER#000002", document="{}")


def _head_number(intruder: Intruder) -> None:
    intruder.write("LEDGER#HEAD", latest=4)


def _head_gone(intruder: Intruder) -> None:
    intruder.remove("LEDGER#HEAD")


def _head_text(intruder: Intruder) -> None:
    intruder.write("LEDGER#HEAD", latest="many")


def _artifact(intruder: Intruder) -> None:
    intruder.replace_text("VERSION#000001", sha("artifact 1"), sha("another artifact"))


def _state(intruder: Intruder) -> None:
    intruder.write("VERSION#000001", state="retired")


def _version_gone(intruder: Intruder) -> None:
    intruder.remove("VERSION#000001")


def _live(intruder: Intruder) -> None:
    intruder.replace_text("DEPLOYMENT", sha("artifact 1"), sha("another artifact"))


@pytest.mark.parametrize(
    ("act", "number", "kind", "says"),
    [
        (_edit, 4, "edited", "entry 4 (verdict, version 1) was edited"),
        (_edit_by, 3, "edited", "entry 3 (run, run churn-d1-s1) was edited"),
        (_remove, 3, "removed", "entry 3 is missing: entry 4 follows entry 2"),
        (_remove_last, 6, "removed", "entry 6 is missing: the ledger ends before it, but its head names 6"),
        (_swap, 2, "reordered", "entry 5 stands at place 2: rows were moved"),
        (_spoil, 2, "edited", "entry 2 cannot be read as an entry"),
        (_head_number, 5, "head", "entry 5 is more than there should be: the head names 4"),
        (_head_gone, 1, "head", "entry 1 is more than there should be: the head names 0"),
        (_head_text, 1, "head", "entry 1 is more than there should be"),
        (_artifact, 4, "record", "entry 4 does not fit version 1: `artifact_sha256` is"),
        (_state, 6, "state", "entry 6 made version 1 live, but the registry has it as retired"),
        (_version_gone, 4, "record", "entry 4 tells of version 1, of which the registry knows nothing"),
        (_live, 6, "record", "entry 6 does not fit what is live, version 1: `artifact_sha256` is"),
    ],
)
def test_an_intruder_is_found_at_the_first_entry_that_does_not_fit(
    lived: Cloud, tideline: Tideline, act: Callable[[Intruder], None], number: int, kind: str, says: str
) -> None:
    act(Intruder())

    text = tideline("audit", "verify", MODEL)
    misfit = as_json(tideline("audit", "verify", MODEL, "--json"), exit_code=DOES_NOT_FIT)["misfit"]

    assert text.exit_code == DOES_NOT_FIT
    assert says in text.stdout
    assert (misfit["number"], misfit["kind"]) == (number, kind)


def _unreadable_state(intruder: Intruder) -> None:
    intruder.write("VERSION#000001", state="famous")


def _spec_gone(intruder: Intruder) -> None:
    intruder.remove("SPEC#000001")


@pytest.mark.parametrize("act", [_unreadable_state, _spec_gone])
def test_a_registry_that_cannot_be_read_any_more_does_not_fit(
    lived: Cloud, tideline: Tideline, act: Callable[[Intruder], None]
) -> None:
    act(Intruder())
    result = tideline("audit", "verify", MODEL)
    assert result.exit_code == DOES_NOT_FIT
    assert "the registry was edited" in result.stdout


def test_a_ledger_written_anew_is_told_by_a_head_that_was_noted(lived: Cloud, tideline: Tideline) -> None:
    noted = lived.registry.ledger.head(MODEL).sha256
    lived.registry.versions.register(version(2))

    assert tideline("audit", "verify", MODEL, "--head", noted).exit_code == 0
    result = tideline("audit", "verify", MODEL, "--head", "f" * 64)
    assert result.exit_code == DOES_NOT_FIT
    assert "the ledger was written anew since" in result.stdout


@pytest.mark.parametrize("arguments", [("--head", "f" * 64), (MODEL, "--head", "abc")])
def test_a_head_needs_a_model_and_64_digits(
    lived: Cloud, tideline: Tideline, arguments: tuple[str, ...]
) -> None:
    assert tideline("audit", "verify", *arguments).exit_code == 2


def test_all_models_are_verified_where_none_is_named(lived: Cloud, tideline: Tideline) -> None:
    lived.registry.specs.append(spec(model="other"), head=SpecHead(), at=START)
    assert [each["model"] for each in as_json(tideline("audit", "verify", "--json"))] == ["churn", "other"]

    _edit(Intruder())
    result = tideline("audit", "verify")
    assert result.exit_code == DOES_NOT_FIT
    assert "entry 4" in result.stdout
    assert "other: 1 entry, and everything fits" in result.stdout


def test_a_model_that_keeps_changing_keeps_nobody_from_hearing_of_the_others(
    lived: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived.registry.specs.append(spec(model="other"), head=SpecHead(), at=START)
    audit = AuditLedger.__call__

    def busy(self: AuditLedger, model: str, *, noted_sha256: str | None = None) -> Audit:
        if model == MODEL:
            raise RegistryConflict("decisions kept coming in")
        return audit(self, model, noted_sha256=noted_sha256)

    monkeypatch.setattr(AuditLedger, "__call__", busy)
    result = tideline("audit", "verify")
    assert result.exit_code == 1
    assert "churn: not audited: decisions kept coming in" in result.stderr
    assert "other: 1 entry, and everything fits" in result.stdout
    told = tideline("audit", "verify", "--json")
    assert [each["model"] for each in as_json(told, exit_code=1)] == ["other"]
    assert tideline("audit", "verify", MODEL).exit_code == 1


def test_without_models_there_is_nothing_to_verify(cloud: Cloud, tideline: Tideline) -> None:
    assert "No models yet" in tideline("audit", "verify").stdout
    assert as_json(tideline("audit", "verify", "--json")) == []


@pytest.mark.parametrize("command", ["verify", "log"])
def test_an_unknown_model_is_named(lived: Cloud, tideline: Tideline, command: str) -> None:
    result = tideline("audit", command, "nope")
    assert result.exit_code == 1
    assert "there is no model 'nope'" in result.stderr


def test_the_log_lists_who_decided_what_on_which_ground(lived: Cloud, tideline: Tideline) -> None:
    lines = [line.split("\t") for line in tideline("audit", "log", MODEL).stdout.splitlines()]

    assert [line[2:5] for line in lines[1:]] == [
        ["spec", "spec 1", "tideline:apply_spec"],
        ["data_set", "data set version 1", "tideline:ingest_data"],
        ["run", "run churn-d1-s1", "ann"],
        ["verdict", "version 1", "tideline:register_model"],
        ["run", "run churn-d1-s1", "tideline:register_model"],
        ["release", "version 1", "tideline:shift_traffic"],
    ]
    assert "verdict=PROMOTE" in lines[4][5]
    assert f"artifact_sha256={sha('artifact 1')[:12]}," in lines[4][5]


def test_the_log_as_json_is_the_entries_and_says_which_cannot_be_read(
    lived: Cloud, tideline: Tideline
) -> None:
    _spoil(Intruder())
    entries = as_json(tideline("audit", "log", MODEL, "--json"))

    assert [entry and entry["number"] for entry in entries] == [1, None, 3, 4, 5, 6]
    assert "2\t\tcannot be read" in tideline("audit", "log", MODEL).stdout


@pytest.mark.parametrize("command", ["verify", "log"])
def test_every_command_has_help_with_an_example_and_json(tideline: Tideline, command: str) -> None:
    result = tideline("audit", command, "--help", env={"COLUMNS": "200"})

    assert f"tideline audit {command}" in result.stdout.partition("Examples")[2]
    assert "--json" in result.stdout
    assert [group.name for group in app.registered_groups] == ["audit"]
