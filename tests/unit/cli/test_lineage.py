"""lineage: from a version or a prediction back to the files, and from a file on to the versions."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from rich.console import Console
from typer.testing import Result

from cli.lineage.display import show
from cli.session import Session
from tests.fakes.aws import INBOX, REGION
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, batch, deployment, dropped, receipt, run, spec, version
from tests.unit.cli.conftest import Cloud
from tests.unit.domain.lineage.records import manifest, version_records
from tideline.domain.contract.spec import SpecHead
from tideline.domain.intake.dropped_object import ObjectOutcome
from tideline.domain.lineage.origins import origins_of_version
from tideline.domain.prediction_log import LoggedCall, LoggedPrediction
from tideline.domain.release.version import VersionState
from tideline.serving.prediction_id import prediction_ids

Tideline = Callable[..., Result]
GROUP = "/aws/lambda/tideline-dev-predict"
# CloudWatch Logs takes no lines that are older than two weeks.
NOW_MS = int(time.time() * 1000)
(PREDICTION,) = prediction_ids(1, at_ms=NOW_MS, random=b"12345678")


@pytest.fixture
def lived(cloud: Cloud) -> Cloud:
    """A model with a live version that was trained on one file."""
    cloud.apply()
    item, broken = dropped(), dropped("broken.csv", version_id="v2")
    cloud.registry.receipts.claim(MODEL, item)
    cloud.registry.datasets.accept(batch(1), item, receipt(item, batch=1))
    cloud.registry.receipts.conclude(
        MODEL, receipt(broken, ObjectOutcome.QUARANTINED, reason="empty", message="the file is empty")
    )
    cloud.registry.runs.begin(run(), event_id="e")
    cloud.registry.versions.register(version())
    cloud.registry.deployments.replace(deployment(), states={1: (VersionState.CANDIDATE, VersionState.LIVE)})
    cloud.lake.write("churn/versions/1/manifest.json", manifest([batch(1)]).model_dump_json().encode())
    return cloud


def log(*messages: str, at_ms: int = NOW_MS + 5) -> None:
    client = boto3.client("logs", region_name=REGION)
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName="s")
    events = [{"timestamp": at_ms, "message": message} for message in messages]
    client.put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=events)  # type: ignore[arg-type]


def line(model: str = MODEL, number: int = 1, prediction: str = PREDICTION, **changes: Any) -> str:
    """A line as serving writes it today; a contract test holds `LoggedCall` and serving together."""
    call = LoggedCall(
        model=model,
        version=number,
        role="champion",
        generation=1,
        request_id="r",
        time=NOW_MS,
        latency_ms=0.1,
        predictions=(LoggedPrediction(prediction_id=prediction, features={}, value=1.0),),
    )
    return call.model_copy(update=changes).model_dump_json()


def as_json(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    value = json.loads(result.stdout)
    assert isinstance(value, dict)
    return value


def ids(graph: dict[str, Any], kind: str) -> list[str]:
    return [node["id"] for node in graph["nodes"] if node["kind"] == kind]


@pytest.mark.parametrize("arguments", [["1"], []])
def test_a_version_named_or_live_leads_back_to_its_files(
    lived: Cloud, tideline: Tideline, arguments: list[str]
) -> None:
    graph = as_json(tideline("lineage", MODEL, *arguments, "--json"))

    assert graph["root"] == "version:churn/1"
    assert ids(graph, "file") == ["file:churn/data/a.csv@v1"]
    assert ids(graph, "deployment") == ["deployment:churn/1"]


def test_lines_name_what_each_thing_hangs_below(lived: Cloud, tideline: Tideline) -> None:
    lines = [row.split("\t") for row in tideline("lineage", MODEL, "1").stdout.splitlines()]

    assert lines[0] == ["kind", "what", "id", "below"]
    assert ["file", "batch:churn/1"] in [[row[0], row[3]] for row in lines]
    assert lines[1][0::3] == ["version", ""]


def test_a_terminal_gets_a_tree(lived: Cloud) -> None:
    session, screen = Session(), io.StringIO()
    session.out = Console(file=screen, force_terminal=True, width=120, color_system=None)
    show(session, origins_of_version(version_records([batch(1)])))

    drawn = screen.getvalue()
    assert drawn.startswith("version 1, candidate: r2 0.8  sha256 ")
    assert "└── batch 1: 2 rows" in drawn
    assert "└── churn/data/a.csv" in drawn


def test_mermaid_is_written_as_it_is(lived: Cloud, tideline: Tideline) -> None:
    assert tideline("lineage", MODEL, "--mermaid").stdout.startswith("flowchart LR\n    n0([")


@pytest.mark.parametrize(
    "given", ["churn/data/a.csv", f"s3://{INBOX}/churn/data/a.csv", f"{INBOX}/churn/data/a.csv", "a.csv"]
)
def test_a_file_in_any_notation_leads_to_the_versions_that_learned_from_it(
    lived: Cloud, tideline: Tideline, given: str
) -> None:
    graph = as_json(tideline("lineage", MODEL, "--file", given, "--json"))

    assert ids(graph, "version") == ["version:churn/1"]


def test_a_quarantined_file_led_to_nothing(lived: Cloud, tideline: Tideline) -> None:
    graph = as_json(tideline("lineage", MODEL, "--file", "broken.csv", "--json"))

    assert [node["facts"]["outcome"] for node in graph["nodes"]] == ["quarantined"]


def test_a_prediction_leads_back_through_the_version_that_answered(lived: Cloud, tideline: Tideline) -> None:
    lived.target.outputs = {**lived.target.outputs, "PredictFunction": "tideline-dev-predict"}
    log("START RequestId: r", line(number=9, prediction=PREDICTION[:-1] + "0"), line())

    graph = as_json(tideline("lineage", MODEL, "--prediction", PREDICTION.upper(), "--json"))

    assert graph["root"] == f"prediction:{PREDICTION}"
    assert ids(graph, "version") == ["version:churn/1"]
    assert ids(graph, "file") == ["file:churn/data/a.csv@v1"]


def test_a_shadow_under_the_same_id_is_not_taken_for_the_answer(lived: Cloud, tideline: Tideline) -> None:
    lived.target.outputs = {**lived.target.outputs, "PredictFunction": "tideline-dev-predict"}
    log(line(number=9, role="shadow"), line(number=1, instead_of=8))

    graph = as_json(tideline("lineage", MODEL, "--prediction", PREDICTION, "--json"))

    assert ids(graph, "version") == ["version:churn/1"]


def test_lines_of_the_first_edition_are_still_found(lived: Cloud, tideline: Tideline) -> None:
    lived.target.outputs = {**lived.target.outputs, "PredictFunction": "tideline-dev-predict"}
    later = {"release_id", "step", "error", "instead_of"}
    first = {name: value for name, value in json.loads(line()).items() if name not in later}
    log(json.dumps(first | {"schema_version": 1}))

    graph = as_json(tideline("lineage", MODEL, "--prediction", PREDICTION, "--json"))

    assert ids(graph, "version") == ["version:churn/1"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"role": "shadow"}, "only what version 9 of churn said as a shadow"),
        ({"error": "it fell ill"}, "only what version 9 of churn did when it failed"),
    ],
)
def test_where_only_what_nobody_was_told_is_logged_that_is_said(
    lived: Cloud, tideline: Tideline, changes: dict[str, Any], said: str
) -> None:
    lived.target.outputs = {**lived.target.outputs, "PredictFunction": "tideline-dev-predict"}
    log(line(number=9, **changes))

    result = tideline("lineage", MODEL, "--prediction", PREDICTION)

    assert result.exit_code == 1
    assert said in result.stderr


def test_a_call_that_failed_is_said_to_have_no_prediction_in_the_log(
    lived: Cloud, tideline: Tideline
) -> None:
    lived.target.outputs = {**lived.target.outputs, "PredictFunction": "tideline-dev-predict"}
    log(line(error="it fell ill", predictions=()))

    result = tideline("lineage", MODEL, "--prediction", PREDICTION)

    assert result.exit_code == 1
    assert "a call that failed is logged without predictions" in result.stderr


def test_a_prediction_of_another_model_names_it(lived: Cloud, tideline: Tideline) -> None:
    lived.target.outputs = {**lived.target.outputs, "PredictFunction": "tideline-dev-predict"}
    log(line(model="tides"))

    result = tideline("lineage", MODEL, "--prediction", PREDICTION)

    assert result.exit_code == 1
    assert f"tideline lineage tides --prediction {PREDICTION}" in result.stderr


def test_a_prediction_that_is_not_in_the_log_says_what_is_needed(lived: Cloud, tideline: Tideline) -> None:
    lived.target.outputs = {**lived.target.outputs, "PredictFunction": "tideline-dev-predict"}
    without = tideline("lineage", MODEL, "--prediction", PREDICTION)
    log(line(), at_ms=NOW_MS + 3_600_000)
    late = tideline("lineage", MODEL, "--prediction", PREDICTION)

    assert f"there is no log group {GROUP}" in without.stderr
    assert f"{GROUP} has no prediction {PREDICTION} around 20" in late.stderr
    assert without.exit_code == late.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["1", "--file", "a.csv"], "one of them", 2),
        (["--mermaid", "--json"], "two formats", 2),
        (["--prediction", "nope"], "not the id of a prediction", 2),
        (["--file", "s3://elsewhere/churn/data/a.csv"], "is not in the inbox", 1),
        (["--file", "nope.csv"], "`tideline data churn` lists what was", 1),
        (["9"], "the newest is 1", 1),
    ],
)
def test_what_cannot_be_traced_is_said(
    lived: Cloud, tideline: Tideline, arguments: list[str], said: str, code: int
) -> None:
    result = tideline("lineage", MODEL, *arguments)

    assert said in result.stderr
    assert result.exit_code == code


def test_a_spec_is_no_data(lived: Cloud, tideline: Tideline) -> None:
    item = dropped().model_copy(update={"key": "churn/model.yaml"})
    lived.registry.receipts.conclude(MODEL, receipt(item))

    assert "is a spec, not data" in tideline("lineage", MODEL, "--file", "model.yaml").stderr


def test_a_manifest_that_was_changed_tells_no_lineage(lived: Cloud, tideline: Tideline) -> None:
    lived.registry.versions.register(version(2, manifest_sha256="a" * 64))
    lived.lake.write("churn/versions/2/manifest.json", manifest([batch(1)]).model_dump_json().encode())

    result = tideline("lineage", MODEL, "2")

    assert result.exit_code == 1
    assert "manifest.json of churn version 2 has SHA-256" in result.stderr


def test_a_model_without_versions_and_a_manifest_that_is_gone(
    lived: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived.registry.versions.register(version(2))
    lived.registry.specs.append(spec(model="tides"), head=SpecHead(), at=START)

    assert "versions/2/manifest.json is gone from the lake" in tideline("lineage", MODEL, "2").stderr
    assert "tides has no versions yet" in tideline("lineage", "tides").stderr
