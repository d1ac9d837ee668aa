"""Batch scoring: rows a second of one worker and of two, beside bare ONNX Runtime and LightGBM.

    PYTHONPATH=functions python -m benchmarks.batch [--rows 1000000] [--rounds 3]

All subjects answer the same rows of 30 numbers by the same 100 trees, 31 leaves each, on one thread.

- worker: the path of `score_shard` without S3: shards in Parquet, read, scored, and written as Parquet with
  ids and probabilities. Its database and its model are opened within the time; later shards find them warm.
- bare ONNX Runtime: `InferenceSession.run` with one thread and otherwise its defaults, on numpy columns that
  are ready in memory, 8,192 rows a call (from 4,096 to 32,768 nothing is faster); its answers go nowhere.
- LightGBM: `Booster.predict(num_threads=1)` on a float32 matrix that is ready in memory.

Each reading is a process of its own, which leaves imports out, and of bare ONNX Runtime and LightGBM also
loading and one warm-up call. Two workers begin together and have as many shards each. Subjects take turns;
the table shows the fastest round of each, by the clock and by the processors' time: on a machine that others
use too, the second is the one to compare by.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np

from tideline.adapters.batch.splitter import ROWS_A_GROUP
from tideline.adapters.scoring.onnx_scorer import BATCH_ROWS
from tideline.domain.batch.order import BatchOrder, shard_rows
from tideline.domain.release.deployment import FeatureSignature, Signature

# LightGBM, ONNX Runtime and what writes ONNX files load for seconds: each process imports what it measures.

FEATURES = tuple(f"feature_{index:02d}" for index in range(30))
CLASSES = ("no", "yes")
MEMORY_MB = 1769
_TRAINING_ROWS = 20_000
ONE, TWO, BARE, BOOSTER = "one worker", "two workers", "bare ONNX Runtime", "LightGBM"
# Name, subject, processes.
TURNS = ((BARE, "onnxruntime", 1), (ONE, "worker", 1), (BOOSTER, "lightgbm", 1), (TWO, "worker", 2))
# Two workers take two workers' processor time: only the clock says whether they are twice as fast.
GOALS = ((ONE, BARE, "0.80"), (ONE, BOOSTER, "1.00"), (TWO, ONE, "2.00 by the clock"))
SIGNATURE = Signature(
    task="binary",
    classes=CLASSES,
    entity="customer",
    features=tuple(FeatureSignature(name=name, type="number", required=True) for name in FEATURES),
)


@dataclass(frozen=True)
class Reading:
    """Rows a second: of the clock, and of each processor's time."""

    by_clock: float
    by_processor: float


def main() -> None:
    options = _options()
    if options.child:
        work = SUBJECTS[options.child](Path(options.folder), options.part, options.of)
        print(json.dumps(_timed(work)))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        _prepare(Path(folder), rows=options.rows)
        found: dict[str, list[Reading]] = {name: [] for name, *_ in TURNS}
        for _ in range(options.rounds):
            for name, subject, workers in TURNS:
                found[name].append(_round(subject, workers, Path(folder)))
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
    """Train a model, and write the rows as `split_batch` writes its shards: an even number of them."""
    random = np.random.default_rng(7)
    _train(folder, random)
    count = 2 * math.ceil(rows / shard_rows(len(FEATURES)) / 2)
    edges = [rows * number // count for number in range(count + 1)]
    with duckdb.connect() as connection:
        for number, (start, end) in enumerate(itertools.pairwise(edges), start=1):
            made = {
                f"f{at}": random.normal(size=end - start).astype(np.float32) for at in range(len(FEATURES))
            }
            connection.register("made", {"row": np.arange(start + 1, end + 1)} | made)
            connection.execute(
                f"COPY (SELECT row, 'c' || row AS entity, * EXCLUDE (row) FROM made) "
                f"TO '{folder}/shard-{number:04d}.parquet' (FORMAT parquet, ROW_GROUP_SIZE {ROWS_A_GROUP})"
            )


def _train(folder: Path, random: np.random.Generator) -> None:
    import lightgbm  # noqa: PLC0415

    from tideline.adapters.training.forest_onnx import build_forest_model  # noqa: PLC0415
    from tideline.domain.encoding import Encoding, FeatureEncoding  # noqa: PLC0415

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


def _round(subject: str, workers: int, folder: Path) -> Reading:
    """Return the reading of some processes side by side: all their rows in the longest of their times."""
    command = [sys.executable, "-m", "benchmarks.batch", "--child", subject, "--folder", str(folder)]
    running = [
        subprocess.Popen(
            [*command, "--part", str(part), "--of", str(workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for part in range(workers)
    ]
    for process in running:
        if process.stdout:
            process.stdout.readline()
    for process in running:
        if process.stdin:
            process.stdin.write("go\n")
            process.stdin.flush()
    said = [json.loads(process.communicate()[0]) for process in running]
    rows = sum(one["rows"] for one in said)
    elapsed = max(one["ended"] for one in said) - min(one["begun"] for one in said)
    return Reading(rows / elapsed, rows / sum(one["busy"] for one in said))


def _timed(work: Callable[[], int]) -> dict[str, float]:
    """Say that all is loaded, wait for the word, work."""
    print("ready", flush=True)
    sys.stdin.readline()
    begun, busy = time.time(), time.process_time()
    rows = work()
    return {"rows": rows, "begun": begun, "ended": time.time(), "busy": time.process_time() - busy}


def _shards(folder: Path, part: int, of: int) -> list[Path]:
    return sorted(folder.glob("shard-*.parquet"))[part::of]


def _worker(folder: Path, part: int, of: int) -> Callable[[], int]:
    from tideline.adapters.batch.shard_scorer import OnnxShardScorer  # noqa: PLC0415

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

    return lambda: sum(score(shard) for shard in _shards(folder, part, of))


def _columns(folder: Path) -> dict[str, np.ndarray]:
    fetched = duckdb.sql(f"SELECT * EXCLUDE (row, entity) FROM read_parquet('{folder}/shard-*.parquet')")
    arrays = fetched.fetchnumpy()
    return {name: np.ma.getdata(arrays[f"f{at}"]).reshape(-1, 1) for at, name in enumerate(FEATURES)}


def _onnxruntime(folder: Path, part: int, of: int) -> Callable[[], int]:
    import onnxruntime  # noqa: PLC0415

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
    return lambda: sum(len(session.run(["probabilities"], batch)[0]) for batch in cut)


def _lightgbm(folder: Path, part: int, of: int) -> Callable[[], int]:
    import lightgbm  # noqa: PLC0415

    del part, of
    matrix = np.ascontiguousarray(np.column_stack([*_columns(folder).values()]))
    booster = lightgbm.Booster(model_file=folder / "model.txt")
    booster.predict(matrix[:BATCH_ROWS], num_threads=1)
    return lambda: len(booster.predict(matrix, num_threads=1))


def _print_table(found: dict[str, list[Reading]], options: argparse.Namespace) -> None:
    print(
        f"{options.rows:,} rows x {len(FEATURES)} features, 100 trees, {os.cpu_count()} cores, "
        f"{options.rounds} rounds, load {os.getloadavg()[0]:.1f}\n"
    )
    best = {
        name: Reading(max(one.by_clock for one in rounds), max(one.by_processor for one in rounds))
        for name, rounds in found.items()
    }
    print("| | rows/s | rows/s of processor time |\n| --- | ---: | ---: |")
    for name, one in best.items():
        print(f"| {name} | {one.by_clock:,.0f} | {one.by_processor:,.0f} |")
    print("\n| one against another | clock | processor time | goal |\n| --- | ---: | ---: | ---: |")
    for first, second, goal in GOALS:
        clock = best[first].by_clock / best[second].by_clock
        processor = best[first].by_processor / best[second].by_processor
        print(f"| {first} / {second} | {clock:.2f} | {processor:.2f} | {goal} |")


SUBJECTS: dict[str, Callable[[Path, int, int], Callable[[], int]]] = {
    "worker": _worker,
    "onnxruntime": _onnxruntime,
    "lightgbm": _lightgbm,
}

if __name__ == "__main__":
    main()
