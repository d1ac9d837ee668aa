"""status, versions, runs, data, show and why: what is recorded, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from typer.testing import Result

from cli.decided import approvers_of
from cli.explain.denials import advise_denied
from tests.fakes.clock import START
from tests.fakes.evidence import evidence
from tests.fakes.samples import (
    MODEL,
    batch,
    deployment,
    dropped,
    evaluated,
    receipt,
    run,
    version,
)
from tests.unit.cli.conftest import Cloud
from tideline import errors
from tideline.alerting.advice import ADVICE, NEVER_END_A_RUN, advise, advise_release
from tideline.card.evidence import Evidence
from tideline.domain.costs.cost import cost_of
from tideline.domain.costs.prices import us_east_1
from tideline.domain.costs.usage import Usage
from tideline.domain.intake.dropped_object import ObjectOutcome
from tideline.domain.ledger.entry import Decision, DecisionKind, LedgerEntry, LedgerHead, chain
from tideline.domain.release.version import VersionState
from tideline.domain.training.admission import Denial
from tideline.domain.training.governing.wish import Wish
from tideline.domain.training.run import RunFailure, RunStatus, Trigger
from tideline.errors import TidelineError
from tideline.serving import aws_http, faults

Tideline = Callable[..., Result]
ADA = "arn:aws:sts::123456789012:assumed-role/Approver/ada"
REASON = "r2 0.8 beats the 0 of a constant answer"


@pytest.fixture
def lived(cloud: Cloud) -> Cloud:
    """A model with a batch, a quarantined file, a run and a live version."""
    cloud.apply()
    item, broken = dropped(), dropped("broken.csv", version_id="v2")
    cloud.registry.receipts.claim(MODEL, item)
    cloud.registry.datasets.accept(batch(1), item, receipt(item, batch=1, message="2 rows"))
    cloud.registry.receipts.conclude(
        MODEL, receipt(broken, ObjectOutcome.QUARANTINED, reason="empty", message="the file is empty")
    )
    cloud.registry.runs.begin(run(), event_id="e")
    over = run(
        status=RunStatus.REGISTERED, version=1, evaluation=evaluated("PROMOTE", REASON), ended_at=START
    )
    cloud.registry.runs.save(over)
    cloud.registry.runs.release_lock(MODEL, over.order.run_id)
    cloud.registry.versions.register(version(evaluation=evaluated("PROMOTE", REASON)))
    cloud.registry.deployments.replace(deployment(), states={1: (VersionState.CANDIDATE, VersionState.LIVE)})
    return cloud


def as_json(result: Result) -> object:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def put_evidence(cloud: Cloud, given: Evidence) -> None:
    """Leave in the lake what registration does."""
    files = {
        "manifest.json": given.manifest.model_dump_json().encode(),
        "report.json": given.report.to_json(),
    }
    if given.latency is not None:
        files["latency.json"] = given.latency.model_dump_json().encode()
    for name, content in files.items():
        cloud.lake.write(f"churn/versions/{given.version.number}/{name}", content)


@pytest.fixture
def examined(lived: Cloud) -> Cloud:
    """A second version, with everything measured, that somebody approved."""
    given = evidence()
    lived.registry.versions.register(given.version)
    put_evidence(lived, given)
    approved = Decision(
        kind=DecisionKind.APPROVAL, subject="version 2", at=START, by=ADA, facts={"decision": "approve"}
    )
    lived.registry.ledger.write(MODEL, decision=approved)
    return lived


def test_status_of_everything(lived: Cloud, tideline: Tideline) -> None:
    assert as_json(tideline("status", "--json")) == [
        {
            "model": MODEL,
            "task": "regression",
            "metric": "neg_root_mean_squared_error",
            "spec_version": 1,
            "dataset_version": 1,
            "rows": 2,
            "live": {"version": 1, "value": 0.8, "generation": 1, "since": START.isoformat()},
            "answering": [{"version": 1, "role": "champion", "weight": 100}],
            "rollout": None,
            "rollback_restores": None,
            "newest_version": 1,
            "newest_run": {"run_id": "churn-d1-s1", "status": "registered"},
            "month": {
                "runs": 0,
                "max_runs": None,
                "cost_usd": 0.0,
                "max_cost_usd": None,
                "runs_of_unknown_cost": 0,
            },
            "in_flight": None,
            "waiting": None,
            "watched": None,
        }
    ]


def test_status_of_one_model_says_what_is_next(lived: Cloud, tideline: Tideline) -> None:
    result = tideline("status", MODEL)

    assert "live\tversion 1 since" in result.stdout
    assert "next\ttideline predict churn FILE" in result.stdout


def waits(cloud: Cloud) -> None:
    cloud.registry.runs.remember(
        Wish(
            model=MODEL,
            trigger=Trigger.DRIFT,
            event_id="e9",
            denial=Denial.COOLDOWN,
            explanation="run churn-d1-s1 was the last one",
            until=START,
        )
    )


def test_status_and_why_tell_what_waits_and_how_to_start_it(lived: Cloud, tideline: Tideline) -> None:
    waits(lived)

    told = tideline("status", MODEL).stdout
    (found,) = as_json(tideline("status", "--json"))  # type: ignore[misc]

    assert "waits\ta run (drift) waits, cooldown: run churn-d1-s1 was the last one" in told
    assert "to start it\t`tideline retrain churn` does not wait" in told
    assert found["waiting"]["denial"] == "cooldown"
    assert "next\ta run (drift) waits, cooldown" in tideline("why", MODEL).stdout
    assert "next\t" not in tideline("why", "churn-d1-s1").stdout


def test_runs_and_status_tell_what_was_spent(cloud: Cloud, tideline: Tideline) -> None:
    cloud.apply(retraining={"max_runs_per_month": 5, "max_cost_per_month": 2})
    now = datetime.now(UTC)
    cost = cost_of(Usage(transitions=400), us_east_1("arm64"))
    over = run(status=RunStatus.FAILED, created_at=now, ended_at=now, trigger=Trigger.DRIFT)
    cloud.registry.runs.begin(run(created_at=now, trigger=Trigger.DRIFT), event_id="e")
    cloud.registry.runs.save(over)
    cloud.registry.runs.set_cost(over.model_copy(update={"cost": cost}))

    _, row = tideline("runs", MODEL).stdout.splitlines()
    (found,) = as_json(tideline("runs", MODEL, "--json"))  # type: ignore[misc]

    assert {"drift", "$0.0100"} <= set(row.split("\t"))
    assert found["cost_usd"] == pytest.approx(0.01)
    assert "this month\t1 of 5 runs, $0.0100 of $2" in tideline("status", MODEL).stdout


@pytest.mark.parametrize("denial", Denial)
def test_every_denial_comes_with_something_to_do(denial: Denial) -> None:
    assert "`tideline " in advise_denied(denial, model=MODEL)


def test_status_without_models_says_how_to_begin(cloud: Cloud, tideline: Tideline) -> None:
    assert "tideline init" in tideline("status").stdout
    assert as_json(tideline("status", "--json")) == []


def test_lists_are_lines_with_tabs_where_nobody_looks(lived: Cloud, tideline: Tideline) -> None:
    versions = tideline("versions", MODEL).stdout.splitlines()
    runs = tideline("runs", MODEL).stdout.splitlines()

    assert versions[0].split("\t")[:4] == ["version", "state", "metric", "value"]
    assert versions[1].split("\t")[:4] == ["1", "live", "r2", "0.8"]
    assert runs[1].split("\t")[:4] == ["churn-d1-s1", "registered", "1", "data"]


def test_lists_as_json_are_the_records(lived: Cloud, tideline: Tideline) -> None:
    (a_version,), (a_run,) = (as_json(tideline(name, MODEL, "--json")) for name in ("versions", "runs"))  # type: ignore[misc]

    assert (a_version["number"], a_version["state"]) == (1, "live")
    assert a_run["order"]["run_id"] == "churn-d1-s1"


def test_every_dropped_object_is_accounted_for(lived: Cloud, tideline: Tideline) -> None:
    told = as_json(tideline("data", MODEL, "--json"))

    assert isinstance(told, dict)
    assert [each["number"] for each in told["batches"]] == [1]
    assert {each["key"]: each["outcome"] for each in told["objects"]} == {
        "churn/data/a.csv": "accepted",
        "churn/data/broken.csv": "quarantined",
    }
    assert "broken.csv\tquarantined" in tideline("data", MODEL).stdout


@pytest.mark.parametrize("command", ["versions", "runs", "data", "status"])
def test_an_unknown_model_is_named_with_those_there_are(
    lived: Cloud, tideline: Tideline, command: str
) -> None:
    result = tideline(command, "nope")

    assert result.exit_code == 1
    assert "there is no model 'nope' (there are churn)" in result.stderr


def test_show_tells_metrics_with_intervals_and_reasons(examined: Cloud, tideline: Tideline) -> None:
    text, value = tideline("show", MODEL, "2").stdout, as_json(tideline("show", MODEL, "2", "--json"))

    assert "verdict\tPROMOTE" in text
    assert "verdict\troc_auc 0.8 (95 % interval" in text
    assert "l2=0.1235" in text
    assert "roc_auc\t0.800\t0.780 to 0.820\t0.780\t+0.020\t0.010 to 0.030" in text
    assert isinstance(value, dict)
    assert (value["state"], value["manifest"]["seed"], value["report"]["rows"]) == ("candidate", 7, 400)
    assert (value["verdict"], value["latency"]["calls"], value["approval"]) == ("PROMOTE", 100, None)
    told = [(entry["decision"]["kind"], entry["decision"]["subject"]) for entry in value["ledger"]]
    assert told[0] == ("spec", "spec 1")
    assert ("verdict", "version 2") in told
    assert value["ledger"][-1]["decision"]["by"] == ADA


def test_show_tells_slices_fairness_and_the_model_itself(examined: Cloud, tideline: Tideline) -> None:
    text = tideline("show", MODEL, "2").stdout
    lines = text.splitlines()

    assert "3 slices by roc_auc, of which 1 block:" in lines
    first = lines.index("3 slices by roc_auc, of which 1 block:") + 2
    assert lines[first].startswith("plan = yearly\t150\t0.800\t0.860\t-0.060")
    assert lines[first].endswith("\tblocks")
    assert "plan = none\t150\t\t\t\t\tonly one class" in lines
    assert "sex\ttrue_positive_rate\t0.200\t0.180 to 0.220\t0.1\tMale\tFemale" in lines
    assert "Expected calibration error of yes: 3.00%" in lines
    assert "age\t+0.1\t+0.01\t" in lines
    assert "warning: age alone nearly determines the target." in lines
    assert "latency\t42 µs, 99th percentile 90 µs" in lines


def test_show_of_a_version_of_which_little_was_measured(examined: Cloud, tideline: Tideline) -> None:
    put_evidence(examined, evidence(whole=False))
    text = tideline("show", MODEL, "2").stdout

    assert "verdict\tPROMOTE" in text
    assert "slice" not in text
    assert "Fairness" not in text


def test_versions_tell_verdict_interval_and_approver(examined: Cloud, tideline: Tideline) -> None:
    names, second, first = (line.split("\t") for line in tideline("versions", MODEL).stdout.splitlines())

    told = dict(zip(names, second, strict=True))
    assert (told["interval"], told["verdict"], told["approver"]) == ("0.780 to 0.820", "PROMOTE", "ada")
    told = dict(zip(names, first, strict=True))
    assert (told["version"], told["interval"], told["approver"]) == ("1", "", "")
    newest, oldest = as_json(tideline("versions", MODEL, "--json"))  # type: ignore[misc]
    assert (newest["approver"], oldest["approver"]) == (ADA, None)


def test_show_of_what_is_not_there(lived: Cloud, tideline: Tideline) -> None:
    assert "the newest is 1" in tideline("show", MODEL, "9").stderr
    assert "is gone from the lake" in tideline("show", MODEL, "1").stderr


def test_why_of_a_failed_run_tells_stage_cause_inputs_and_what_to_do(
    cloud: Cloud, tideline: Tideline
) -> None:
    cloud.apply()
    failure = RunFailure(
        stage="Prepare",
        error="TrainingImpossible",
        cause="there are 12 training rows",
        inputs={"data set version": "1"},
        reproduce="tideline retrain churn",
    )
    cloud.registry.runs.begin(run(), event_id="e")
    cloud.registry.runs.save(run(status=RunStatus.FAILED, failure=failure, ended_at=START))

    value = as_json(tideline("why", "churn-d1-s1", "--json"))
    text = tideline("why", "churn-d1-s1").stdout

    assert isinstance(value, dict)
    assert (value["outcome"], value["stage"], value["error"]) == ("failed", "Prepare", "TrainingImpossible")
    assert "tideline push churn FILE" in value["advice"]
    assert "cause\tthere are 12 training rows" in text
    assert "it read\tdata set version: 1" in text
    assert "again by\ttideline retrain churn" in text


def test_why_of_a_rejected_run_tells_the_reasons_with_numbers(cloud: Cloud, tideline: Tideline) -> None:
    cloud.apply()
    given = evaluated("REJECT", "r2 0.8 is below the minimum of 0.9")
    cloud.registry.runs.begin(run(), event_id="e")
    cloud.registry.runs.save(run(status=RunStatus.REJECTED, version=1, evaluation=given, ended_at=START))
    cloud.registry.versions.register(version(state=VersionState.REJECTED, evaluation=given))

    value = as_json(tideline("why", "churn-d1-s1", "--json"))

    assert isinstance(value, dict)
    assert value["outcome"] == "rejected"
    assert value["reasons"] == ["r2 0.8 is below the minimum of 0.9"]
    assert "tideline show churn 1" in value["advice"]


def test_why_of_an_inconclusive_run_says_how_to_know_more(cloud: Cloud, tideline: Tideline) -> None:
    cloud.apply()
    given = evaluated("INCONCLUSIVE", "50 holdout rows: at least 100 are needed")
    cloud.registry.runs.begin(run(), event_id="e")
    cloud.registry.runs.save(run(status=RunStatus.REJECTED, version=1, evaluation=given, ended_at=START))
    cloud.registry.versions.register(version(state=VersionState.REJECTED, evaluation=given))

    value = as_json(tideline("why", "churn-d1-s1", "--json"))

    assert isinstance(value, dict)
    assert value["summary"].startswith("version 1 stays out: its evaluation is inconclusive")
    assert value["reasons"] == ["50 holdout rows: at least 100 are needed"]
    assert "More data (`tideline push churn FILE`)" in value["advice"]
    assert "`evaluation.margin`" in value["advice"]


def test_why_of_a_failed_release_takes_the_note_apart(cloud: Cloud, tideline: Tideline) -> None:
    cloud.apply()
    cloud.registry.runs.begin(run(), event_id="e")
    cloud.registry.runs.save(
        run(status=RunStatus.REGISTERED, version=1, evaluation=evaluated(), ended_at=START)
    )
    cloud.registry.versions.register(version())
    cloud.registry.versions.note(
        version(), "release churn-v1-0a1b2c3d4e5f failed in Preflight: PreflightFailed: row 3 is off"
    )

    value = as_json(tideline("why", "churn-d1-s1", "--json"))

    assert isinstance(value, dict)
    assert (value["stage"], value["error"], value["cause"]) == (
        "Preflight",
        "PreflightFailed",
        "row 3 is off",
    )
    assert "before it had any traffic" in value["advice"]


def test_why_of_a_model_is_about_its_newest_run(lived: Cloud, tideline: Tideline) -> None:
    assert "run\tchurn-d1-s1" in tideline("why", MODEL).stdout


def test_why_of_a_run_under_way_says_how_to_follow_it(cloud: Cloud, tideline: Tideline) -> None:
    cloud.apply()
    cloud.registry.runs.begin(run(), event_id="e")

    assert "tideline watch churn" in tideline("why", "churn-d1-s1").stdout


def test_why_of_nothing_known(lived: Cloud, tideline: Tideline) -> None:
    assert tideline("why", "what is this").exit_code == 2
    assert tideline("why", "churn-d9-s1").exit_code == 1


def leaves(kind: type[TidelineError]) -> Iterator[str]:
    children = [child for child in kind.__subclasses__() if child.__module__.startswith("tideline.")]
    if not children:
        yield kind.__name__
    for child in children:
        yield from leaves(child)


def test_there_is_advice_for_every_error_that_can_end_a_run() -> None:
    assert faults.InvalidInstances.__name__ in NEVER_END_A_RUN
    assert aws_http.AwsRequestRefused.__name__ in ADVICE
    known = set(leaves(errors.TidelineError))

    assert known - NEVER_END_A_RUN - set(ADVICE) == set()
    assert known >= NEVER_END_A_RUN


@pytest.mark.parametrize("error", [*ADVICE, "SomethingNobodyForesaw", ""])
def test_advice_is_whole_and_names_a_command(error: str) -> None:
    text = advise(error, model="churn", run="churn-d1-s1")

    assert "{" not in text.replace("{trainer: linear}", "")
    assert "tideline " in text or "cdk deploy" in text


@pytest.mark.parametrize("error", ["States.Aborted", "StorageUnavailable"])
def test_after_a_release_that_was_stopped_the_advice_is_to_release_again(error: str) -> None:
    text = advise_release(error, model="churn", run="churn-d1-s1", version=3)
    assert "`tideline release churn 3`" in text
    assert "retrain" not in text


def test_after_a_release_that_failed_otherwise_the_advice_is_that_of_the_error() -> None:
    given = {"model": "churn", "run": "churn-d1-s1"}
    assert advise_release("PreflightFailed", version=3, **given) == advise("PreflightFailed", **given)


def test_a_version_that_was_approved_and_then_rejected_has_no_approver() -> None:
    entries: list[LedgerEntry] = []
    for answer in ("approve", "reject"):
        decided = Decision(
            kind=DecisionKind.APPROVAL, subject="version 2", at=START, by=ADA, facts={"decision": answer}
        )
        entries.append(chain(MODEL, decided, head=LedgerHead()))
    assert approvers_of(entries[:1]) == {2: ADA}
    assert approvers_of(entries) == {}
