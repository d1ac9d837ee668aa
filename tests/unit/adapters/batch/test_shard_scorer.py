"""Scoring a shard: what serving would answer, under ids that stay."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb
import numpy as np
import pytest

from tests.unit.adapters.batch.conftest import SIGNATURE, order, read, split
from tideline.adapters.batch import shard_scorer
from tideline.adapters.batch.shard_scorer import NOT_FINITE, OnnxShardScorer
from tideline.adapters.scoring.onnx_scorer import OnnxScorer
from tideline.domain.batch.batch_ids import batch_prediction_id
from tideline.errors import ArtifactInvalid
from tideline.serving.answers import interpret
from tideline.serving.deployment import Feature
from tideline.serving.deployment import Signature as ServingSignature
from tideline.serving.loaded_model import LoadedModel
from tideline.serving.onnx_library import load_library

ROWS = "customer,age,plan,row\n" + "".join(
    f"c{n},{n % 120}.{n},{('basic', 'plus', '')[n % 3]},{'' if n % 5 == 0 else n / 7}\n"
    for n in range(1, 301)
)


def scored(tmp_path: Path, artifact: bytes, name: str = "a") -> tuple[Path, Path, tuple[int, int]]:
    results, refused = tmp_path / f"results-{name}", tmp_path / f"refused-{name}"
    counts = OnnxShardScorer(memory_mb=1024).score(
        tmp_path / "shard.parquet",
        order=order(artifact),
        signature=SIGNATURE,
        artifact=artifact,
        results=results,
        refused=refused,
    )
    return results, refused, counts


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    kept = split(tmp_path, ROWS.encode())
    (tmp_path / "shard.parquet").write_bytes((kept.folder / "shards/0001.parquet").read_bytes())
    return tmp_path


def test_a_shard_is_answered_as_serving_answers(
    shard: Path, artifact: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_scorer, "SLICE_ROWS", 128)
    results, _, counts = scored(shard, artifact)
    features = tuple(
        Feature(name=f.name, type=f.type, required=f.required, min=f.min, max=f.max, values=f.values)
        for f in SIGNATURE.features
    )
    signature = ServingSignature(
        task="binary", classes=("no", "yes"), entity="customer", time=None, features=features
    )
    model = LoadedModel(load_library(), artifact, signature=signature)
    instances = [
        {"age": float(age), "plan": plan or None, "row": float(row) if row else None}
        for _, age, plan, row in (line.split(",") for line in ROWS.splitlines()[1:])
    ]
    served = interpret(
        model.score(model.reader.read(instances)), ids=[""] * len(instances), signature=signature
    )

    found = read(results, "row, entity, value, label, probabilities")
    assert counts == (300, 0)
    assert [row for row, *_ in found] == list(range(1, 301))
    assert [entity for _, entity, *_ in found] == [f"c{n}" for n in range(1, 301)]
    assert [(None, p.value, p.probabilities) for p in served] == [tuple(rest) for _, _, *rest in found]


def test_a_worker_that_is_tried_again_gives_the_same_answers_under_the_same_ids(
    shard: Path, artifact: bytes
) -> None:
    first, _, _ = scored(shard, artifact, "first")
    second, _, _ = scored(shard, artifact, "second")

    assert first.read_bytes() == second.read_bytes()
    job = order()
    assert [name for (name,) in read(first, "prediction_id")] == [
        batch_prediction_id(job.job_id, row, started_at=job.started_at) for row in range(1, 301)
    ]


def test_rows_without_a_finite_answer_are_refused_and_not_dropped(
    shard: Path, artifact: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = OnnxScorer.answer

    def broken(self: OnnxScorer, features: dict[str, np.ndarray]) -> np.ndarray:
        answer = real(self, features).copy()
        answer[4, 1], answer[9, 0] = math.nan, math.inf
        return answer

    monkeypatch.setattr(OnnxScorer, "answer", broken)
    results, refused, counts = scored(shard, artifact)

    assert counts == (298, 2)
    assert read(refused) == [(5, [NOT_FINITE]), (10, [NOT_FINITE])]
    rows = [row for (row,) in read(results, "row")]
    assert sorted([*rows, 5, 10]) == list(range(1, 301))


def test_what_is_no_model_is_refused(shard: Path) -> None:
    with pytest.raises(ArtifactInvalid, match="not an ONNX model"):
        scored(shard, b"PK no model")


def test_regression_and_many_classes_are_read_as_serving_reads_them(tmp_path: Path) -> None:
    row = duckdb.sql(
        "SELECT "
        + shard_scorer._interpreted(
            SIGNATURE.model_copy(update={"task": "multiclass", "classes": ("a", "b'", "c")})
        )
        + " FROM (SELECT 0.25::FLOAT AS p0, 0.5::FLOAT AS p1, 0.25::FLOAT AS p2, 1 AS likeliest)"
    ).fetchall()[0]
    value = duckdb.sql(
        "SELECT "
        + shard_scorer._interpreted(SIGNATURE.model_copy(update={"task": "regression", "classes": None}))
        + " FROM (SELECT 1.5::FLOAT AS p0)"
    ).fetchall()[0]

    assert row == (None, "b'", {"a": 0.25, "b'": 0.5, "c": 0.25})
    assert value == (1.5, None, None)
