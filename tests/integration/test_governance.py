"""Governance, end to end: where a model came from, and that it can be made again."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pandas as pd
import pytest

from cli.commands.lineage import trace
from cli.commands.reproduce import reproduce
from cli.errors import CliError
from cli.evidence import lake_of, version_record
from cli.reproduction.capsules import load_capsule, metrics
from cli.reproduction.execution import Reproductions
from cli.session import Session
from cli.target import target_of
from tests.integration.cloud import Cloud, wait
from tests.integration.test_loop import ROW, as_csv
from tests.integration.test_loop import SPEC as LOOP_SPEC
from tideline.adapters.registry.table import partition
from tideline.domain import keys
from tideline.domain.intake.dropped_object import DroppedObject
from tideline.domain.lineage.graph import LineageGraph, NodeKind
from tideline.domain.lineage.mermaid import to_mermaid
from tideline.domain.release.reproduction import compare
from tideline.domain.training.run import RunStatus

pytestmark = pytest.mark.integration

MODEL = "governed"
# Trees, for they sample rows and columns and sum in threads: a linear model is easy to make again.
SPEC = (
    LOOP_SPEC.replace("model: visits", f"model: {MODEL}")
    .replace("trials: 3", "trials: 2, trainer: lightgbm")
    .replace("minimum: 0.6", "minimum: 0.55")
)
KEY = f"{MODEL}/data/first.csv"


@pytest.fixture(scope="module")
def dropped(cloud: Cloud, visits: pd.DataFrame) -> DroppedObject:
    """The file of a model that has gone live with it."""
    cloud.drop(f"{MODEL}/model.yaml", SPEC.encode())
    first = cloud.drop(KEY, as_csv(visits.iloc[:3000]))
    run = cloud.finished(MODEL, f"{MODEL}-d1-s1")
    assert run.status is RunStatus.REGISTERED, run.failure
    cloud.deployed(MODEL, 1)
    return first


@pytest.fixture
def session(cloud: Cloud) -> Session:
    return Session(as_json=True, target=target_of(cloud.record))


def files(graph: LineageGraph) -> list[tuple[object, object]]:
    return [
        (node.facts["key"], node.facts["object_version"])
        for node in graph.nodes
        if node.kind == NodeKind.FILE
    ]


def test_a_version_leads_back_to_the_file_that_was_dropped(dropped: DroppedObject, session: Session) -> None:
    graph = trace(session, MODEL, version=1)

    assert files(graph) == [(KEY, dropped.version_id)]
    assert {node.kind for node in graph.nodes} == set(NodeKind) - {NodeKind.PREDICTION}
    assert KEY in to_mermaid(graph)


def test_a_dropped_file_leads_to_the_version_that_learned_from_it(
    dropped: DroppedObject, session: Session
) -> None:
    graph = trace(session, MODEL, file=f"s3://{dropped.bucket}/{KEY}")

    assert [node.id for node in graph.of_kind(NodeKind.VERSION)] == [f"version:{MODEL}/1"]


def test_a_prediction_leads_back_to_version_and_file(
    cloud: Cloud, dropped: DroppedObject, session: Session
) -> None:
    status, answer = cloud.predict(MODEL, json.dumps({"instances": [ROW, ROW]}).encode())
    assert status == 200, answer
    asked = answer["predictions"][1]["prediction_id"]

    def logged() -> LineageGraph | None:
        try:
            return trace(session, MODEL, prediction=asked)
        except CliError:
            return None

    graph = wait(logged, "the log line of the prediction", patience_s=30)
    assert graph.root == f"prediction:{asked}"
    assert [node.id for node in graph.of_kind(NodeKind.VERSION)] == [f"version:{MODEL}/1"]
    assert files(graph) == [(KEY, dropped.version_id)]


def test_training_a_version_again_gives_the_same_hash_and_changes_nothing(
    cloud: Cloud, dropped: DroppedObject, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (cloud.runs(MODEL), cloud.versions.all(MODEL), cloud.deployment(MODEL), holdouts(cloud))

    assert reproduce(session, MODEL, 1) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "identical"
    assert told["sha256"] == told["expected_sha256"] == cloud.versions.load(MODEL, 1).sha256
    assert told["changes"] == []
    after = (cloud.runs(MODEL), cloud.versions.all(MODEL), cloud.deployment(MODEL), holdouts(cloud))
    assert after == before
    cloud.lock_is_free(MODEL)


def test_an_artifact_that_comes_out_otherwise_is_measured_on_the_same_rows(
    dropped: DroppedObject, session: Session
) -> None:
    store = lake_of(session)
    capsule = load_capsule(store, version_record(session, MODEL, 1)).model_copy(
        update={"artifact_sha256": "0" * 64}
    )
    workflow = Reproductions(session.target.stepfunctions, session.target.output("ReproductionStateMachine"))
    execution = workflow.begin(capsule, at=datetime.now(UTC))
    stages: list[str] = []
    result = workflow.wait(execution, told=lambda stage: stages.append(stage.name), timeout_s=300)

    assert stages == ["Prepare", "Fit", "Compare", "Evaluate"]
    found = compare(
        capsule,
        result.fitted,
        then=metrics(store, keys.version_key(MODEL, 1, "report.json")),
        now=metrics(store, keys.run_key(MODEL, execution.name, "report.json")),
    )
    assert not found.identical
    assert found.within_tolerance
    assert {metric.now for metric in found.metrics} == {metric.then for metric in found.metrics}


def test_a_batch_that_is_gone_is_named(cloud: Cloud, dropped: DroppedObject, session: Session) -> None:
    (batch,) = load_capsule(lake_of(session), version_record(session, MODEL, 1)).batches
    s3, bucket = cloud.client("s3"), cloud.output("LakeBucket")
    marker = s3.delete_object(Bucket=bucket, Key=batch.lake_key)["VersionId"]
    try:
        with pytest.raises(CliError, match=rf"batch 1 \(from {KEY}\) at .* is gone"):
            reproduce(session, MODEL, 1)
    finally:
        s3.delete_object(Bucket=bucket, Key=batch.lake_key, VersionId=marker)


def holdouts(cloud: Cloud) -> list[str]:
    return [str(item["document"]) for item in cloud.table.query(partition(MODEL), "HOLDOUT#")]
