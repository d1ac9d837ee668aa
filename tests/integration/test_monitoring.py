"""Monitoring closes the loop, by events alone: traffic drifts, is detected, trains, and goes live."""

from __future__ import annotations

import csv
import io
import json
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import roc_auc_score

from tests.integration.cloud import Cloud, wait
from tests.integration.conftest import Heard
from tideline.adapters.registry.runs import DynamoDbRunRegistry
from tideline.domain import keys
from tideline.domain.intake.dropped_object import ObjectOutcome
from tideline.domain.monitoring.record import MonitoringRecord
from tideline.domain.training.run import RunStatus, Trigger
from tideline.serving.prediction_id import prediction_ids

pytestmark = [pytest.mark.integration]

SHARED = Path(__file__).parents[3] / "shared/data"
AT_ONCE = 250
Row = Mapping[str, str]


def shared_rows(name: str) -> list[Row]:
    """Return the rows of a shared file, or skip where there is none."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{name} is not on this machine")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def csv_of(rows: Sequence[Row], columns: Iterable[str]) -> bytes:
    """Return some columns of rows as a file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(columns), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def drop_spec(cloud: Cloud, model: str, text: str) -> None:
    dropped = cloud.drop(f"{model}/model.yaml", text.encode())
    assert cloud.answer(model, dropped).outcome is ObjectOutcome.ACCEPTED


def drop_data(cloud: Cloud, model: str, name: str, content: bytes) -> None:
    dropped = cloud.drop(f"{model}/data/{name}.csv", content)
    receipt = cloud.answer(model, dropped)
    assert receipt.outcome is ObjectOutcome.ACCEPTED, receipt.message


def ask(cloud: Cloud, model: str, instances: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Ask for predictions, a few hundred at a time, and return them in order."""
    answers: list[dict[str, Any]] = []
    for start in range(0, len(instances), AT_ONCE):
        body = json.dumps({"instances": instances[start : start + AT_ONCE]}).encode()
        status, answer = cloud.predict(model, body)
        assert status == 200, answer
        answers += answer["predictions"]
    return answers


def numbers(rows: Sequence[Row], features: Iterable[str]) -> list[dict[str, float]]:
    names = list(features)
    return [{name: float(row[name]) for name in names} for row in rows]


def looks(cloud: Cloud, model: str) -> list[MonitoringRecord]:
    """Return every look at a model, oldest first."""
    s3, bucket = cloud.client("s3"), cloud.output("LakeBucket")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=keys.monitoring_prefix(model))
    found = sorted(item["Key"] for page in pages for item in page.get("Contents", ()))
    return [
        MonitoringRecord.model_validate_json(cloud.lake(key)) for key in found if key.endswith("/record.json")
    ]


def look_with(cloud: Cloud, model: str, *, rows: int) -> MonitoringRecord:
    """Ask for looks until one has all rows: the log arrives a few seconds late."""

    def looked() -> MonitoringRecord | None:
        event_id = cloud.send("MonitorRequested", {"schema_version": 1, "model": model})
        record = wait(
            lambda: next((one for one in looks(cloud, model) if one.cause == event_id), None),
            f"the look {event_id} at {model}",
        )
        return record if record.traffic.rows >= rows else None

    return wait(looked, f"a look at {rows} rows of {model}")


def told_of(heard: Heard, kind: str, model: str) -> list[dict[str, Any]]:
    """Return the events of a kind about a model: others are looked at meanwhile."""
    return [event for event in heard.of(kind) if event["model"] == model]


def drift_told(heard: Heard, model: str) -> list[dict[str, Any]]:
    return wait(lambda: told_of(heard, "DriftDetected", model) or None, f"DriftDetected of {model}")


def runs(cloud: Cloud, model: str) -> Sequence[Any]:
    return DynamoDbRunRegistry(cloud.table).all(model)


ELECTRICITY = """
model: electricity
task: binary
target: class
positive: "1"
features:
  period: {type: number}
  nswprice: {type: number}
  nswdemand: {type: number}
  vicprice: {type: number}
  vicdemand: {type: number}
  transfer: {type: number}
training: {trials: 1, trainer: lightgbm, window: {last_rows: 8000}}
monitoring: {every: 1m, min_rows: 500}
retraining: {on: [drift]}
"""
_PRICES = ("period", "nswprice", "nswdemand", "vicprice", "vicdemand", "transfer")


def test_electricity_drifts_is_detected_trains_and_the_better_version_goes_live(
    cloud: Cloud, heard: Heard
) -> None:
    model, rows = "electricity", shared_rows("electricity/elec.csv")
    drop_spec(cloud, model, ELECTRICITY)
    drop_data(cloud, model, "first", csv_of(rows[18_000:24_000], (*_PRICES, "class")))
    cloud.deployed(model, 1)
    # Newer rows with their outcomes come in and start nothing: the spec waits for drift.
    drop_data(cloud, model, "newer", csv_of(rows[24_000:29_000], (*_PRICES, "class")))

    ask(cloud, model, numbers(rows[28_000:29_000], _PRICES))

    # The schedule asks for the look, the look for the run, the run for the release.
    told = drift_told(heard, model)[0]
    assert told["severity"] == "retrain", told
    assert "nswprice" in [column["name"] for column in told["features"]]
    page = cloud.lake(told["report_key"])
    assert page.startswith((b"<!DOCTYPE html>", b"<!doctype html>"))
    cloud.deployed(model, 2)
    newest = runs(cloud, model)[-1]
    assert (newest.trigger, newest.status) == (Trigger.DRIFT, RunStatus.REGISTERED)

    # On rows that neither has seen, the new version is better than the old one was on such rows.
    later = rows[29_000:30_000]
    truth = [int(row["class"]) for row in later]
    new = [answer["probabilities"]["1"] for answer in ask(cloud, model, numbers(later, _PRICES))]
    cloud.send("RollbackRequested", {"schema_version": 1, "model": model})
    cloud.deployed(model, 1)
    old = wait(lambda: _by_version(cloud, model, later, 1), "answers of version 1")
    assert roc_auc_score(truth, new) > roc_auc_score(truth, old) + 0.02


def _by_version(cloud: Cloud, model: str, rows: Sequence[Row], version: int) -> list[float] | None:
    """Return the probabilities of all rows, once it is this version that answers."""
    body = json.dumps({"instances": numbers(rows[:1], _PRICES)}).encode()
    _, answer = cloud.predict(model, body)
    if answer["version"] != version:
        return None
    return [one["probabilities"]["1"] for one in ask(cloud, model, numbers(rows, _PRICES))]


CALM = """
model: calm
task: binary
target: bought
features:
  wanted: {type: number}
  noise: {type: number}
training: {trials: 1, trainer: linear}
monitoring: {every: 1h, min_rows: 500}
"""


def test_a_shift_of_an_unimportant_feature_is_a_warning_and_no_run(cloud: Cloud, heard: Heard) -> None:
    model, rand = "calm", random.Random(1)
    rows = []
    for _ in range(3_000):
        wanted = rand.gauss(0, 1)
        bought = int(rand.random() < 1 / (1 + 2.718281828 ** (-2 * wanted)))
        rows.append({"wanted": f"{wanted:.4f}", "noise": f"{rand.gauss(0, 1):.4f}", "bought": str(bought)})
    drop_spec(cloud, model, CALM)
    drop_data(cloud, model, "first", csv_of(rows, ("wanted", "noise", "bought")))
    cloud.deployed(model, 1)

    ask(cloud, model, [{"wanted": rand.gauss(0, 1), "noise": rand.gauss(3, 1)} for _ in range(750)])
    record = look_with(cloud, model, rows=750)

    assert record.decision == "warn", record.reasons
    assert [column.name for column in record.drifted] == ["noise"]
    (told,) = drift_told(heard, model)
    assert told["severity"] == "warning"
    assert len(runs(cloud, model)) == 1


def test_a_hundred_drift_events_start_one_run(cloud: Cloud, heard: Heard) -> None:
    model, rand = "calm", random.Random(2)
    more = [
        {"wanted": f"{rand.gauss(0, 1):.4f}", "noise": "0", "bought": str(rand.randrange(2))}
        for _ in range(400)
    ]
    drop_spec(cloud, model, CALM + "retraining: {on: [drift]}\n")
    drop_data(cloud, model, "more", csv_of(more, ("wanted", "noise", "bought")))
    before = len(runs(cloud, model))
    sample = json.loads(Path("events/drift-detected.json").read_text(encoding="utf-8"))[0]
    detail = json.loads(sample["Detail"]) | {"model": model}
    for _ in range(100):
        cloud.send("DriftDetected", detail)

    begun = wait(lambda: runs(cloud, model)[before:] or None, "a run")
    run = cloud.finished(model, begun[0].order.run_id)
    assert run.trigger is Trigger.DRIFT
    cloud.lock_is_free(model)
    wait(lambda: _is_empty(cloud, "training") or None, "every event to be answered")
    assert len(runs(cloud, model)) == before + 1
    # Who listens hears of a wish that waits, not of each of a hundred.
    denied = told_of(heard, "RetrainDenied", model)
    assert len(denied) < 10
    assert {event["reason"] for event in denied} <= {"in_flight", "nothing_new", "cooldown"}


def _is_empty(cloud: Cloud, queue: str) -> bool:
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=f"{cloud.output('EventBus')}-{queue}")["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return all(int(counts[name]) == 0 for name in names)


HOUSING = """
model: housing
task: binary
target: clf_target
positive: "1"
features:
  MedInc: {type: number}
  HouseAge: {type: number}
  AveRooms: {type: number}
  AveBedrms: {type: number}
  Population: {type: number}
  AveOccup: {type: number}
  Latitude: {type: number}
  Longitude: {type: number}
training: {trials: 1, trainer: linear}
monitoring: {every: 1h, min_rows: 500}
retraining: {on: [data]}
"""
_BLOCK = ("MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude")


def test_late_labels_give_the_metric_that_a_direct_calculation_gives(cloud: Cloud) -> None:
    model = "housing"
    truth = {row["id"]: row["clf_target"] for row in shared_rows("california-housing/analysis_gt.csv")}
    rows = shared_rows("california-housing/analysis.csv")[:1_000]
    drop_spec(cloud, model, HOUSING)
    known = shared_rows("california-housing/reference.csv")
    drop_data(cloud, model, "reference", csv_of(known, (*_BLOCK, "clf_target")))
    cloud.deployed(model, 1)
    answers = ask(cloud, model, numbers(rows, _BLOCK))
    look_with(cloud, model, rows=1_000)

    outcomes = [(a["prediction_id"], truth[row["id"]]) for a, row in zip(answers, rows, strict=True)]
    random.Random(3).shuffle(outcomes)
    # An id of today that no call was given.
    unknown = (prediction_ids(1, at_ms=int(time.time() * 1_000), random=bytes(8))[0], "1")
    wrong = [(one, str(1 - int(label))) for one, label in outcomes[:50]]
    # Told wrongly at first, then in two files that overlap, with one label that belongs to nothing.
    for name, part in (("early", wrong), ("one", outcomes[:700]), ("two", [*outcomes[600:], unknown])):
        _drop_labels(cloud, model, name, part)

    record = wait(lambda: _with_labels(cloud, model, 1_000), "a look at a thousand outcomes")
    (day,) = [period for period in record.realised if period.labelled][-1:]
    direct = roc_auc_score(
        [int(truth[row["id"]]) for row in rows], [answer["probabilities"]["1"] for answer in answers]
    )
    assert day.interval is not None
    assert day.interval.estimate == pytest.approx(direct, abs=1e-9)
    assert day.mature
    assert record.labels is not None
    assert (record.labels.orphans, record.labels.corrected) == (1, 50)


def _drop_labels(cloud: Cloud, model: str, name: str, part: Sequence[tuple[str, str]]) -> None:
    rows = [{"prediction_id": one, "clf_target": label} for one, label in part]
    dropped = cloud.drop(f"{model}/labels/{name}.csv", csv_of(rows, ("prediction_id", "clf_target")))
    receipt = cloud.answer(model, dropped)
    assert receipt.outcome is ObjectOutcome.ACCEPTED, receipt.message


def _with_labels(cloud: Cloud, model: str, many: int) -> MonitoringRecord | None:
    """Labels ask for a look by themselves."""
    found = [one for one in looks(cloud, model) if one.labels and one.labels.joined == many]
    return found[-1] if found else None
