"""Batch scoring on the local cloud: a million rows, each with one result or one reason."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.integration.cloud import Cloud, wait
from tests.integration.conftest import Heard
from tideline.domain import keys
from tideline.domain.batch.batch_manifest import BatchManifest, ScoredFile
from tideline.domain.intake.dropped_object import ObjectOutcome
from tideline.domain.training.run import RunStatus

pytestmark = pytest.mark.integration

MODEL = "scored"
SPEC = """
model: scored
task: binary
target: saw_doctor
positive: "yes"
features:
  lncoins: {type: number, min: 0}
  lpi: {type: number}
  physlm: {type: number}
  disea: {type: number, min: 0}
training: {trials: 1, trainer: linear}
evaluation: {metric: roc_auc, minimum: 0.5}
"""
ROWS, BAD = 1_000_000, 1_000


@pytest.fixture(scope="module")
def live(cloud: Cloud, visits: pd.DataFrame) -> Cloud:
    cloud.drop(f"{MODEL}/model.yaml", SPEC.encode())
    cloud.drop(f"{MODEL}/data/first.csv", visits.iloc[:8000].to_csv(index=False).encode())
    run = cloud.finished(MODEL, f"{MODEL}-d1-s1")
    assert run.status is RunStatus.REGISTERED, run.failure
    cloud.deployed(MODEL, 1)
    return cloud


def numbers(cloud: Cloud, files: tuple[ScoredFile, ...], folder: Path) -> list[int]:
    """Return the numbers of all rows in some files."""
    found: list[int] = []
    for file in files:
        path = folder / "file.parquet"
        path.write_bytes(cloud.lake(file.key))
        rows = duckdb.sql(f"SELECT row FROM read_parquet('{path}')").fetchnumpy()["row"].tolist()
        assert len(rows) == file.rows
        found += rows
    return found


def test_a_million_rows_have_one_result_or_one_reason_each(
    live: Cloud, visits: pd.DataFrame, heard: Heard, tmp_path: Path
) -> None:
    columns = ["lncoins", "lpi", "physlm", "disea"]
    table = visits[columns].sample(ROWS, replace=True, random_state=7).reset_index(drop=True)
    table.loc[table.index[: BAD * 1000 : 1000], "disea"] = -1.0
    dropped = live.drop(f"{MODEL}/batch/million.csv", table.to_csv(index=False).encode())
    receipt = live.answer(MODEL, dropped)

    assert receipt.outcome is ObjectOutcome.ACCEPTED, receipt.message
    key = keys.scores_key(MODEL, keys.object_id(dropped.key, dropped.version_id), "manifest.json")
    manifest = BatchManifest.model_validate_json(live.lake(key))
    assert (manifest.rows, manifest.refused, manifest.version) == (ROWS, BAD, 1)
    scored = numbers(live, manifest.results, tmp_path)
    refused = numbers(live, manifest.refusals, tmp_path)
    assert sorted([*scored, *refused]) == list(range(1, ROWS + 1))
    told = wait(lambda: heard.of("BatchScored") or None, "BatchScored")
    assert (told[0]["rows"], told[0]["manifest_key"]) == (ROWS, key)


def test_a_file_without_any_feature_is_quarantined_with_what_to_do(live: Cloud) -> None:
    receipt = live.answer(MODEL, live.drop(f"{MODEL}/batch/other.csv", b"a,b\n1,2\n"))

    assert (receipt.outcome, receipt.reason) == (ObjectOutcome.QUARANTINED, "missing_column")
