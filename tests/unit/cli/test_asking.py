"""retrain and predict: what is sent, and how the answers are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cli.api import Answered, sender
from cli.commands import predict as predict_command
from cli.commands.retrain import wait_for_reply
from cli.errors import CliError, UsageFault
from cli.scoring.contributions import because
from cli.scoring.endpoint import PLAIN, predict
from cli.scoring.rows import chunks, ignored, instance, read_rows
from cli.session import Session
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, batch, deployment, dropped, order, receipt, run, version
from tests.unit.cli.conftest import Cloud
from tideline.domain.release.deployment import FeatureSignature, Signature
from tideline.domain.release.version import VersionState
from tideline.domain.training.admission import Denial
from tideline.domain.training.governing.wish import Wish
from tideline.domain.training.run import RunStatus, Trigger

Tideline = Callable[..., Result]
SIGNATURE = Signature(
    task="binary",
    classes=("no", "yes"),
    entity="id",
    features=(
        FeatureSignature(name="age", type="number", required=True),
        FeatureSignature(name="plan", type="category", required=False),
    ),
)


def with_data(cloud: Cloud) -> None:
    cloud.apply()
    item = dropped()
    cloud.registry.receipts.claim(MODEL, item)
    cloud.registry.datasets.accept(batch(1), item, receipt(item, batch=1))


def reply(cloud: Cloud, event_id: str = "e1", *, force: bool = False, sleep: Any = None) -> Any:
    clock = iter(range(0, 1000, 2))
    session = Session(target=cloud.target)
    return wait_for_reply(
        session, MODEL, event_id, force=force, clock=lambda: next(clock), sleep=sleep or (lambda _s: None)
    )


def test_a_run_that_the_event_starts_is_the_answer(cloud: Cloud) -> None:
    with_data(cloud)

    found = reply(cloud, sleep=lambda _s: cloud.registry.runs.begin(run(), event_id="e1"))

    assert found.run_id == order().run_id


def test_a_denial_is_explained_by_the_rules_that_decided(cloud: Cloud) -> None:
    with_data(cloud)
    cloud.registry.runs.begin(run(), event_id="other")
    cloud.registry.runs.save(run(status=RunStatus.REGISTERED, version=1, ended_at=START))
    cloud.registry.runs.release_lock(MODEL, order().run_id)

    found = reply(cloud)

    assert (found.run_id, found.denial) == (None, Denial.NOTHING_NEW)
    assert "run churn-d1-s1 has used data set version 1" in found.message


def test_no_data_is_a_denial_of_its_own(cloud: Cloud) -> None:
    cloud.apply()

    assert reply(cloud).denial is Denial.NO_DATA


def test_a_request_during_a_run_is_remembered(cloud: Cloud) -> None:
    with_data(cloud)
    cloud.registry.runs.begin(run(), event_id="other")
    text = "run churn-d1-s1 is in flight; this starts by itself"
    cloud.registry.runs.remember(
        Wish(model=MODEL, trigger=Trigger.REQUEST, event_id="e1", force=True, explanation=text)
    )

    found = reply(cloud, force=True)

    assert found.remembered
    assert "run churn-d1-s1 is in flight" in found.message


def test_a_request_that_the_budget_holds_back_waits_for_its_month(cloud: Cloud) -> None:
    with_data(cloud)
    cloud.registry.runs.remember(
        Wish(
            model=MODEL,
            trigger=Trigger.REQUEST,
            event_id="e1",
            denial=Denial.COST_BUDGET,
            explanation="this month's runs cost $5.0000",
            until=START,
        )
    )

    found = reply(cloud)

    assert (found.denial, found.remembered) == (Denial.COST_BUDGET, True)
    assert found.message == "this month's runs cost $5.0000; it is remembered, and starts by itself then"


def test_a_request_behind_a_stronger_one_is_denied_by_the_rule(cloud: Cloud) -> None:
    with_data(cloud)
    cloud.registry.runs.begin(run(order(2)), event_id="other")
    cloud.registry.runs.remember(Wish(model=MODEL, trigger=Trigger.REQUEST, event_id="e0", force=True))

    found = reply(cloud)

    assert (found.denial, found.remembered) == (Denial.IN_FLIGHT, False)


def test_silence_is_said_to_be_silence(cloud: Cloud) -> None:
    with_data(cloud)

    found = reply(cloud)

    assert (found.run_id, found.denial) == (None, None)
    assert "no answer yet" in found.message


def test_retrain_puts_the_command_on_the_bus(
    cloud: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_data(cloud)
    sent: list[Any] = []
    put = cloud.target.events.put_events
    monkeypatch.setattr(cloud.target.events, "put_events", lambda **kw: (sent.append(kw), put(**kw))[1])

    result = tideline("retrain", MODEL, "--force", "--reason", "new library", "--no-wait", "--json")

    assert result.exit_code == 0, result.output
    (entry,) = sent[0]["Entries"]
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == (
        "tideline-dev",
        "tideline",
        "RetrainRequested",
    )
    detail = json.loads(entry["Detail"])
    assert (detail["model"], detail["force"], detail["reason"]) == (MODEL, True, "new library")
    assert json.loads(result.stdout)["event_id"]


def test_retrain_of_an_unknown_model_sends_nothing(cloud: Cloud, tideline: Tideline) -> None:
    result = tideline("retrain", "nope")

    assert result.exit_code == 1
    assert "there is no model 'nope'" in result.stderr


@pytest.mark.parametrize(
    "text",
    [
        "age,plan,left\n41,gold,yes\n,,no\n",
        '{"age": 41, "plan": "gold", "left": "yes"}\n{"age": null, "left": "no"}\n',
    ],
    ids=["csv", "jsonl"],
)
def test_rows_become_instances_of_features_only(text: str) -> None:
    rows = list(read_rows(text.splitlines(keepends=True), name="f"))

    assert [instance(row, SIGNATURE) for row in rows] == [{"age": 41, "plan": "gold"}, {}]
    assert ignored(rows[0], SIGNATURE) == ["left"]


def test_what_is_no_number_goes_out_for_the_endpoint_to_name() -> None:
    cells = [
        instance(row, SIGNATURE)["age"]
        for row in read_rows(["age\n", "old\n", "nan\n", "1_0\n", "1e2\n"], name="f")
    ]

    assert cells == ["old", "nan", "1_0", 100.0]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "f is empty"),
        ("[1]\n", "JSON array"),
        ('{"a": 1}\nno\n', "line 2: not JSON"),
        ('{"a": 1}\n3\n', "line 2: a row is an object"),
        ("a,b\n1\n", "row 1: 1 cells, but 2 columns"),
        ('a\n"x\n', "line 2"),
    ],
)
def test_a_file_that_cannot_be_taken_apart_is_named_by_its_line(text: str, complaint: str) -> None:
    with pytest.raises(UsageFault, match=complaint):
        list(read_rows(text.splitlines(keepends=True), name="f"))


def test_chunks_hold_at_most_a_thousand() -> None:
    rows = read_rows(["age\n", *(f"{n}\n" for n in range(2500))], name="f")

    assert [(len(chunk), chunk[0].number) for chunk in chunks(rows)] == [(1000, 1), (1000, 1001), (500, 2001)]


def answering(status: int, body: object) -> Any:
    return lambda _path, _body: Answered(status, json.dumps(body).encode())


def test_faults_are_told_by_row_field_and_reason() -> None:
    problem = {
        "detail": "2 faults",
        "errors": [{"instance": 4, "field": "age", "reason": "must be a number, not a text"}],
        "more_errors": 7,
    }

    with pytest.raises(CliError) as told:
        predict(answering(422, problem), MODEL, [{}], first_row=1001)

    assert str(told.value).splitlines() == [
        "the rows do not fit the model:",
        "  row 1005, age: must be a number, not a text",
        "  and 7 more faults",
    ]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (403, {"message": "Forbidden"}, "execute-api:Invoke"),
        (404, {"detail": "no live version"}, "answered 404: no live version"),
        (503, {"message": "Service Unavailable"}, "answered 503: Service Unavailable"),
        (502, "<html>", "answered 502"),
    ],
)
def test_other_problems_are_one_sentence(status: int, body: object, told: str) -> None:
    with pytest.raises(CliError, match=told):
        predict(answering(status, body), MODEL, [{}], first_row=1)


def test_calls_are_signed_for_the_api(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    class Http:
        def __init__(self, **_options: object) -> None:
            pass

        def send(self, request: Any) -> Any:
            seen.append(request)
            return type("Answer", (), {"status_code": 200, "content": b"{}"})

    monkeypatch.setattr("cli.api.URLLib3Session", Http)

    sender(cloud.target)("/models/churn/predictions", b"{}")

    assert seen[0].url == "https://api.example/models/churn/predictions"
    assert "/execute-api/aws4_request" in str(seen[0].headers["Authorization"])


@pytest.fixture
def served(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A live version behind an endpoint that says yes to everybody."""
    cloud.apply()
    cloud.registry.versions.register(version())
    live = deployment()
    entry = live.versions[0].model_copy(update={"signature": SIGNATURE})
    cloud.registry.deployments.replace(
        live.model_copy(update={"versions": (entry,)}),
        states={1: (VersionState.CANDIDATE, VersionState.LIVE)},
    )

    def send(_path: str, body: bytes) -> Answered:
        given = [
            {"prediction_id": f"p{n}", "value": "yes", "probabilities": {"no": 0.25, "yes": 0.75}}
            for n, _ in enumerate(json.loads(body)["instances"])
        ]
        return Answered(200, json.dumps({"model": MODEL, "version": 1, "predictions": given}).encode())

    monkeypatch.setattr(predict_command, "sender", lambda _target: send)
    return cloud


def test_predictions_as_json_lines(served: Cloud, tideline: Tideline, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("age,plan,left\n41,gold,yes\n30,,no\n")

    result = tideline("predict", MODEL, file, "--json")

    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[1] == {
        "row": 2,
        "version": 1,
        "prediction_id": "p1",
        "value": "yes",
        "probabilities": {"no": 0.25, "yes": 0.75},
    }
    assert "left out: left" in result.stderr


def test_predictions_from_stdin_as_lines_with_tabs(served: Cloud, tideline: Tideline) -> None:
    result = tideline("predict", MODEL, "-", "--limit", "1", input='{"age": 41}\n{"age": 42}\n')

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "row\tvalue\tP(no)\tP(yes)\tprediction_id",
        "1\tyes\t0.2500\t0.7500\tp0",
    ]


def test_without_a_live_version_there_is_nothing_to_ask(cloud: Cloud, tideline: Tideline) -> None:
    cloud.apply()

    result = tideline("predict", MODEL, "-", input="age\n1\n")

    assert result.exit_code == 1
    assert "no version of churn is live yet" in result.stderr


def explained(**contributions: Any) -> bytes:
    given = {
        "prediction_id": "p1",
        "value": "yes",
        "probabilities": {"no": 0.25, "yes": 0.75},
        "explanation": {"base": -0.4, "contributions": contributions},
    }
    return json.dumps({"model": MODEL, "version": 1, "predictions": [given]}).encode()


def test_what_moved_an_answer_most_stands_beside_it(
    served: Cloud, tideline: Tideline, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies: list[Any] = []

    def send(_path: str, body: bytes) -> Answered:
        bodies.append(json.loads(body))
        return Answered(200, explained(age=-1.25, plan=0.5, d=0.01, c=0.02, b=0.0))

    monkeypatch.setattr(predict_command, "sender", lambda _target: send)

    shown = tideline("predict", MODEL, "-", "--explain", "--key", "ann", input='{"age": 41}\n')
    as_json = tideline("predict", MODEL, "-", "--explain", "--json", input='{"age": 41}\n')

    assert shown.exit_code == 0, shown.output
    names, row = shown.stdout.splitlines()
    assert names.split("\t")[-2:] == ["because", "prediction_id"]
    assert row.split("\t")[-2] == "age -1.25, plan +0.5, c +0.02 and 1 more"
    assert (bodies[0]["explain"], bodies[0]["key"]) == (True, "ann")
    assert (bodies[1]["explain"], "key" in bodies[1]) == (True, False)
    assert json.loads(as_json.stdout)["explanation"]["base"] == -0.4


@pytest.mark.parametrize(
    ("contributions", "told"),
    [
        ({}, "nothing moved it"),
        ({"age": 0.0}, "nothing moved it"),
        ({"age": {"a": 0.1, "b": -0.7}, "plan": {"a": 0.2, "b": 0.3}}, "age -0.7, plan +0.3"),
        ({"age": [0.1, 0.2]}, "age +0.2"),
    ],
)
def test_contributions_are_ranked_by_how_far_they_move(contributions: Any, told: str) -> None:
    assert because({"base": 0.0, "contributions": contributions}) == told


def test_nothing_is_asked_for_that_was_not_wished_for() -> None:
    assert PLAIN.fields() == {}
