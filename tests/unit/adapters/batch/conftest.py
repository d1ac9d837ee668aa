"""A model of two numbers and a category, a file to score, and what the parts make of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import lightgbm
import numpy as np
import pytest

from tideline.adapters.batch.splitter import DuckDbBatchSplitter
from tideline.adapters.training.forest_onnx import build_forest_model
from tideline.domain.batch.order import BatchOrder, Shard
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.release.deployment import FeatureSignature, Signature

STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIGNATURE = Signature(
    task="binary",
    classes=("no", "yes"),
    entity="customer",
    features=(
        FeatureSignature(name="age", type="number", required=True, min=0, max=120),
        FeatureSignature(name="plan", type="category", required=False, values=("basic", "plus")),
        FeatureSignature(name="row", type="number", required=False),
    ),
)


def order(artifact: bytes = b"", **fields: Any) -> BatchOrder:
    """Return the order of a job for this artifact."""
    base: dict[str, Any] = {
        "model": "churn",
        "job_id": "0123456789abcdef01234567",
        "object_key": "churn/batch/march.csv",
        "object_version": "v1",
        "version": 3,
        "artifact_key": "churn/versions/3/model.onnx",
        "artifact_sha256": hashlib.sha256(artifact).hexdigest(),
        "started_at": STARTED,
    }
    return BatchOrder.model_validate(base | fields)


@dataclass
class Kept:
    """What a split left behind: files by name, and its counts."""

    folder: Path
    rows: int = 0
    refused: int = 0
    shards: list[Shard] = field(default_factory=list)

    def keep(self, path: Path, name: str) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())

    def read(self, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Return the rows of a file."""
        return read(self.folder / name, columns)


def read(path: Path, columns: str = "*") -> list[tuple[Any, ...]]:
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{path}')").fetchall()


def split(
    tmp_path: Path, content: bytes, *, name: str = "rows.csv", signature: Signature = SIGNATURE
) -> Kept:
    """Split a file."""
    number = len(list(tmp_path.iterdir()))
    source, workdir = tmp_path / f"source{number}", tmp_path / f"work{number}"
    source.write_bytes(content)
    workdir.mkdir()
    kept = Kept(tmp_path / f"kept{number}")
    kept.folder.mkdir()
    splitter = DuckDbBatchSplitter(memory_mb=2048)
    kept.rows, kept.refused, shards = splitter.split(
        source, name=name, signature=signature, workdir=workdir, keep=kept.keep
    )
    kept.shards = list(shards)
    return kept


@pytest.fixture(scope="session")
def artifact() -> bytes:
    random = np.random.default_rng(7)
    rows = 2_000
    matrix = np.column_stack(
        [random.uniform(0, 120, rows), random.integers(0, 2, rows), random.normal(size=rows)]
    ).astype(np.float32)
    target = (matrix[:, 0] + 40 * matrix[:, 1] + 10 * matrix[:, 2] > 80).astype(int)
    data = lightgbm.Dataset(matrix, target, categorical_feature=[1])
    booster = lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, data, 20)
    encoding = Encoding(
        task="binary",
        features=(
            FeatureEncoding(name="age", type="number"),
            FeatureEncoding(name="plan", type="category", vocabulary=("basic", "plus")),
            FeatureEncoding(name="row", type="number"),
        ),
        classes=("no", "yes"),
    )
    return build_forest_model(booster.model_to_string(), encoding=encoding)
