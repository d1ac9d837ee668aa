"""Batch scoring: rows a second of one worker and of two, beside bare ONNX Runtime and LightGBM.

    PYTHONPATH=functions python -m benchmarks.batch [--rows 1000000] [--rounds 3]

All subjects answer the same rows of 30 numbers by the same 100 trees, 31 leaves each, on one thread.

- worker: the path of `score_shard` without S3: shards in Parquet, read, scored, and written as Parquet with
  ids and probabilities.
- bare ONNX Runtime: `InferenceSession.run` on numpy columns that are ready in memory, 8,192 rows a call; its
  answers go nowhere.
- LightGBM: `Booster.predict(num_threads=1)` on a float32 matrix that is ready in memory.

Each reading is a process of its own, which leaves imports, loading and one warm-up call out. Subjects take
turns; the table shows the fastest round of each. Two workers share the shards, as the Map hands them out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import lightgbm
import numpy as np
import onnxruntime

from tideline.adapters.batch.shard_scorer import OnnxShardScorer
from tideline.adapters.batch.splitter import ROWS_A_GROUP
from tideline.adapters.scoring.onnx_scorer import BATCH_ROWS
from tideline.adapters.training.forest_onnx import build_forest_model
from tideline.domain.batch.order import BatchOrder, shard_rows
from tideline.domain.encoding import Encoding, FeatureEncoding
from tideline.domain.release.deployment import FeatureSignature, Signature

FEATURES = tuple(f"feature_{index:02d}" for index in range(30))
CLASSES = ("no", "yes")
MEMORY_MB = 1769
_TRAINING_ROWS = 20_000
SIGNATURE = Signature(
    task="binary",
    classes=CLASSES,
    entity="customer",
    features=tuple(FeatureSignature(name=name, type="number", required=True) for name in FEATURES),
)


def main() -> None:
    options = _options()
    if options.child:
        print(json.dumps(SUBJECTS[options.child](Path(options.folder), options.part, options.of)))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        _prepare(Path(folder), rows=options.rows)
        found: dict[str, list[float]] = {}
        for _ in range(options.rounds):
            for name, workers in (("worker", 1), ("worker", 2), ("onnxruntime", 1), ("lightgbm", 1)):
                label = f"{name} x{workers}" if name == "worker" else name
                found.setdefault(label, []).append(_round(name, workers, Path(folder)))
    _print_table(found, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", help="where shards and results are written")
    parser.add_argument("--child", choices=list(SUBJECTS), help=argparse.SUPPRESS)
    parser.add_argument("--part", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--of", type=int, default=1, help=argparse.SUPPRESS)
    return parser.parse_args()


def _prepare(folder: Path, *, rows: int) -> None:
    """Train a model, and write the rows as `split_batch` writes its shards."""
    random = np.random.default_rng(7)
    matrix = random.normal(size=(_TRAINING_ROWS, len(FEATURES))).astype(np.float32)
    target = (matrix[:, 0] + matrix[:, 1] * matrix[:, 2] + random.normal(size=_TRAINING_ROWS) > 0).astype(int)
    parameters = {"objective": "binary", "num_leaves": 31, "seed": 7, "num_threads": 1, "verbose": -1}
    booster = lightgbm.train(parameters, lightgbm.Dataset(matrix, target), 100)
    booster.save_model(folder / "model.txt")
    encoding = Encoding(
        task="binary",
        features=tuple(FeatureEncoding(name=name, type="number") for name in FEATURES),
        classes=CLASSES,
    )
    (folder / "model.onnx").write_bytes(build_forest_model(booster.model_to_string(), encoding=encoding))
    table = {f"f{at}": random.normal(size=rows).astype(np.float32) for at in range(len(FEATURES))}
    connection = duckdb.connect()
    connection.register("made", table | {"row": np.arange(1, rows + 1)})
    step = shard_rows(len(FEATURES))
    columns = ", ".join(f"f{at}" for at in range(len(FEATURES)))
    for number, start in enumerate(range(0, rows, step), start=1):
        connection.execute(
            f"COPY (SELECT row, 'c' || row AS entity, {columns} FROM made "
            f"WHERE row BETWEEN {start + 1} AND {start + step}) TO '{folder}/shard-{number:04d}.parquet' "
            f"(FORMAT parquet, ROW_GROUP_SIZE {ROWS_A_GROUP})"
        )


def _round(name: str, workers: int, folder: Path) -> float:
    """Return rows a second of some processes side by side: all their rows in the longest of their times."""
    command = [sys.executable, "-m", "benchmarks.batch", "--child", name, "--folder", str(folder)]
    running = [
        subprocess.Popen(
            [*command, "--part", str(part), "--of", str(workers)], stdout=subprocess.PIPE, text=True
        )
        for part in range(workers)
    ]
    said = [json.loads(process.communicate()[0]) for process in running]
    begun, ended = min(one["begun"] for one in said), max(one["ended"] for one in said)
    return float(sum(one["rows"] for one in said) / (ended - begun))


def _timed(work: Callable[[], int]) -> dict[str, float]:
    begun = time.time()
    rows = work()
    return {"rows": rows, "begun": begun, "ended": time.time()}


def _shards(folder: Path, part: int, of: int) -> list[Path]:
    return sorted(folder.glob("shard-*.parquet"))[part::of]


def _worker(folder: Path, part: int, of: int) -> dict[str, float]:
    artifact = (folder / "model.onnx").read_bytes()
    order = BatchOrder(
        model="bench",
        job_id="bench",
        object_key="bench/batch/rows.csv",
        object_version="v1",
        version=1,
        artifact_key="bench/versions/1/model.onnx",
        artifact_sha256=hashlib.sha256(artifact).hexdigest(),
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    results, refused = folder / f"results-{part}", folder / f"refused-{part}"
    scorer = OnnxShardScorer(memory_mb=MEMORY_MB)

    def score(shard: Path) -> int:
        counts = scorer.score(
            shard, order=order, signature=SIGNATURE, artifact=artifact, results=results, refused=refused
        )
        return sum(counts)

    return _timed(lambda: sum(score(shard) for shard in _shards(folder, part, of)))


def _columns(folder: Path) -> dict[str, np.ndarray]:
    fetched = duckdb.sql(f"SELECT * EXCLUDE (row, entity) FROM read_parquet('{folder}/shard-*.parquet')")
    arrays = fetched.fetchnumpy()
    return {name: np.ma.getdata(arrays[f"f{at}"]).reshape(-1, 1) for at, name in enumerate(FEATURES)}


def _onnxruntime(folder: Path, part: int, of: int) -> dict[str, float]:
    del part, of
    columns = _columns(folder)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        (folder / "model.onnx").read_bytes(), settings, providers=["CPUExecutionProvider"]
    )
    rows = len(columns[FEATURES[0]])
    cut = [
        {name: column[start : start + BATCH_ROWS] for name, column in columns.items()}
        for start in range(0, rows, BATCH_ROWS)
    ]
    session.run(["probabilities"], cut[0])

    def run() -> int:
        return sum(len(session.run(["probabilities"], batch)[0]) for batch in cut)

    return _timed(run)


def _lightgbm(folder: Path, part: int, of: int) -> dict[str, float]:
    del part, of
    matrix = np.ascontiguousarray(np.column_stack([*_columns(folder).values()]))
    booster = lightgbm.Booster(model_file=folder / "model.txt")
    booster.predict(matrix[:BATCH_ROWS], num_threads=1)
    return _timed(lambda: len(booster.predict(matrix, num_threads=1)))


def _print_table(found: dict[str, list[float]], options: argparse.Namespace) -> None:
    print(
        f"{options.rows:,} rows x {len(FEATURES)} features, 100 trees, {os.cpu_count()} cores, "
        f"{options.rounds} rounds, load {os.getloadavg()[0]:.1f}\n"
    )
    print("| | rows/s | of one worker |")
    print("| --- | ---: | ---: |")
    base = max(found["worker x1"])
    for name, rounds in found.items():
        print(f"| {name} | {max(rounds):,.0f} | {max(rounds) / base:.2f} |")


SUBJECTS: dict[str, Callable[[Path, int, int], dict[str, float]]] = {
    "worker": _worker,
    "onnxruntime": _onnxruntime,
    "lightgbm": _lightgbm,
}

if __name__ == "__main__":
    main()
