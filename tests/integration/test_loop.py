"""The loop, end to end: a file in a bucket becomes a model that answers, by events alone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from tests.integration.cloud import Cloud, wait
from tests.integration.conftest import Heard
from tests.integration.proxy import signing_proxy
from tideline.domain.intake.dropped_object import ObjectOutcome
from tideline.domain.release.manifest import Manifest
from tideline.domain.release.version import VersionState
from tideline.domain.training.run import RunStatus

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / ".venv/inference-client/bin/python"
CLIENT_SCRIPT = ROOT / "tests/samples/inference_client.py"
MODEL = "visits"
SPEC = """
model: visits
task: binary
target: saw_doctor
positive: "yes"
features:
  lncoins: {type: number, min: 0}
  idp: {type: category, values: ["0", "1"]}
  lpi: {type: number}
  fmde: {type: number, required: false}
  physlm: {type: number}
  disea: {type: number, min: 0}
  hlthg: {type: number}
  hlthf: {type: number}
  hlthp: {type: number}
training: {trials: 3}
evaluation: {metric: roc_auc, minimum: 0.6}
retraining: {on: [data, schedule], schedule: rate(7 days)}
"""
ROW = {"lncoins": 4.6, "idp": "1", "lpi": 6.9, "fmde": None, "physlm": 0.1, "disea": 11.0,
       "hlthg": 0, "hlthf": 0, "hlthp": 0}  # fmt: skip


def as_csv(frame: pd.DataFrame) -> bytes:
    return frame.assign(idp=frame["idp"].astype(int)).to_csv(index=False).encode()


@pytest.fixture(scope="module")
def live(cloud: Cloud, visits: pd.DataFrame) -> Cloud:
    """A model that went live by dropping its spec and its first file."""
    cloud.drop(f"{MODEL}/model.yaml", SPEC.encode())
    first = cloud.drop(f"{MODEL}/data/first.csv", as_csv(visits.iloc[:8000]))
    assert cloud.answer(MODEL, first).outcome is ObjectOutcome.ACCEPTED
    run = cloud.finished(MODEL, f"{MODEL}-d1-s1")
    assert run.status is RunStatus.REGISTERED, run.failure
    cloud.deployed(MODEL, 1)
    return cloud


def test_a_dropped_file_becomes_a_model_that_answers(live: Cloud) -> None:
    status, answer = live.predict(MODEL, json.dumps({"instances": [ROW, ROW]}).encode())

    assert status == 200, answer
    assert (answer["model"], answer["version"]) == (MODEL, 1)
    first = answer["predictions"][0]
    assert first["value"] in ("yes", "no")
    assert sum(first["probabilities"].values()) == pytest.approx(1, abs=1e-6)


def test_a_version_tells_everything_that_led_to_it(live: Cloud) -> None:
    manifest = Manifest.model_validate_json(live.lake(f"{MODEL}/versions/1/manifest.json"))

    assert [batch.object_key for batch in manifest.batches] == [f"{MODEL}/data/first.csv"]
    assert len(manifest.trials) == 3
    assert set(manifest.library_versions) >= {"lightgbm", "numpy", "onnx", "pydantic", "scipy"}
    assert "boto3" not in manifest.library_versions
    assert manifest.artifact_sha256 == live.versions.load(MODEL, 1).sha256


def test_an_unsigned_call_is_refused(live: Cloud) -> None:
    status, _ = live.predict(MODEL, json.dumps({"instances": [ROW]}).encode(), signed=False)

    assert status == 403


def test_a_public_client_of_the_open_inference_protocol_gets_its_answers(live: Cloud) -> None:
    texts = ["idp"]
    row = {name: 0.0 if value is None else value for name, value in ROW.items()}
    asked = {"rows": [row, row], "numbers": [name for name in row if name not in texts], "texts": texts}

    with signing_proxy(live) as address:
        done = subprocess.run(
            [str(CLIENT), str(CLIENT_SCRIPT), address, MODEL],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["live"], told["ready"], told["model_ready"]) == (True, True, True)
    _, ours = live.predict(MODEL, json.dumps({"instances": [row, row]}).encode())
    expected = [list(each["probabilities"].values()) for each in ours["predictions"]]
    for way in ("json", "binary"):
        assert told[way]["probabilities"] == [pytest.approx(each) for each in expected]


def test_a_wrong_instance_is_answered_with_its_field_and_reason(live: Cloud) -> None:
    wrong = ROW | {"disea": -1.0, "hlthg": "well"}
    status, problem = live.predict(MODEL, json.dumps({"instances": [ROW, wrong]}).encode())

    assert status == 422
    assert "disea" in json.dumps(problem)
    assert "hlthg" in json.dumps(problem)


def test_bad_rows_and_bad_files_are_quarantined_and_the_live_model_stays(
    live: Cloud, visits: pd.DataFrame, heard: Heard
) -> None:
    before = live.deployment(MODEL)
    broken = live.drop(f"{MODEL}/data/broken.csv", b"this,is;not\nwhat we asked for\n")
    receipt = live.answer(MODEL, broken)

    assert receipt.outcome is ObjectOutcome.QUARANTINED
    assert "lncoins" in receipt.message
    told = wait(lambda: heard.of("DatasetQuarantined") or None, "DatasetQuarantined")
    assert told[0]["object_key"] == f"{MODEL}/data/broken.csv"
    assert live.deployment(MODEL) == before


def test_the_same_bytes_again_start_nothing(live: Cloud, visits: pd.DataFrame) -> None:
    runs = len(live.runs(MODEL))
    again = live.drop(f"{MODEL}/data/same bytes+under %C3%BC another näme.csv", as_csv(visits.iloc[:8000]))
    receipt = live.answer(MODEL, again)

    assert receipt.outcome is ObjectOutcome.DUPLICATE
    assert receipt.batch == 1
    assert len(live.runs(MODEL)) == runs


def test_a_bad_spec_is_rejected_with_its_faults_and_the_old_one_stays(live: Cloud, heard: Heard) -> None:
    bad = SPEC.replace("trials: 3", "trials: 0").replace("task: binary", "tusk: binary")
    dropped = live.drop(f"{MODEL}/model.yaml", bad.encode())
    receipt = live.answer(MODEL, dropped)

    assert receipt.outcome is ObjectOutcome.QUARANTINED
    told = wait(lambda: heard.of("SpecRejected") or None, "SpecRejected")
    places = {fault["place"] for fault in told[0]["faults"]}
    assert {"training.trials", "tusk", "task"} <= places
    assert live.specs.head(MODEL).version == 1
    mended = live.drop(f"{MODEL}/model.yaml", SPEC.encode())
    assert live.answer(MODEL, mended).outcome is ObjectOutcome.DUPLICATE


def test_nothing_new_starts_no_run_and_is_said(live: Cloud, heard: Heard) -> None:
    live.lock_is_free(MODEL)
    live.send("RetrainRequested", {"model": MODEL})
    told = wait(lambda: heard.of("RetrainDenied") or None, "RetrainDenied")

    assert told[0]["reason"] == "nothing_new"


def test_a_second_drop_is_judged_on_the_same_rows(live: Cloud, visits: pd.DataFrame) -> None:
    second = visits.iloc[8000:].copy()
    second.loc[second.index[:50], "disea"] = -5
    dropped = live.drop(f"{MODEL}/data/second.csv", as_csv(second))
    receipt = live.answer(MODEL, dropped)

    assert receipt.outcome is ObjectOutcome.ACCEPTED
    assert live.datasets.batches(MODEL)[1].bad_rows == 50
    run = live.finished(MODEL, f"{MODEL}-d2-s1")
    assert run.evaluation is not None
    assert run.evaluation.champion is not None
    assert run.status in (RunStatus.REGISTERED, RunStatus.REJECTED)
    state = live.versions.load(MODEL, 2).state
    if run.status is RunStatus.REGISTERED:
        live.deployed(MODEL, 2)
        assert live.versions.load(MODEL, 1).state is VersionState.RETIRED
    else:
        assert state is VersionState.REJECTED


def test_a_request_by_event_retrains(live: Cloud, heard: Heard) -> None:
    live.lock_is_free(MODEL)
    live.send("RetrainRequested", {"model": MODEL, "force": True, "reason": "to see it work"})
    told = wait(lambda: heard.of("TrainingStarted") or None, "TrainingStarted")
    run = live.finished(MODEL, str(told[0]["run_id"]))

    assert run.attempt == 2
    # The same data, spec, code and seed make the same artifact, which is one version.
    assert run.version == 2
    assert live.versions.latest_number(MODEL) == 2


def test_the_spec_sets_a_schedule_that_asks_for_retraining(live: Cloud) -> None:
    scheduler = live.client("scheduler")
    groups = [found["Name"] for found in scheduler.list_schedule_groups()["ScheduleGroups"]]
    group = next(name for name in groups if "tideline" in name.lower())
    schedule = scheduler.get_schedule(Name=MODEL, GroupName=group)

    assert schedule["ScheduleExpression"] == "rate(7 days)"
    assert json.loads(schedule["Target"]["Input"])["model"] == MODEL
