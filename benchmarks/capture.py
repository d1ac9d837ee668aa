"""Capturing the prediction log, side by side with what a user would write, as a Markdown table.

    PYTHONPATH=functions python -m benchmarks.capture [--rows 20000] [--rounds 5]

All take the same deliveries as CloudWatch Logs packs them (gzip, base64) and put one file a delivery into a
folder: lines of calls with 1 row and with 100 rows, 17 numbers and 3 categories each. Tideline is the whole
handler with a folder for a bucket: it validates each line, parts features by type, drops repeated rows, sorts
and writes Parquet by model and hour. The peers flatten the lines with `json` and write what they get: pandas
a CSV, DuckDB a Parquet file by a type that it guesses; neither checks a line or drops a repeated one.
Subjects take turns in one process, warm; the table shows the fastest round of each.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from tideline.adapters.predictions.merger import DuckDbPredictionMerger
from tideline.adapters.predictions.writer import DuckDbPredictionWriter
from tideline.domain.compaction import CompactionRequest
from tideline.events.aws import LogDelivery
from tideline.runtime.workdir import workdir
from tideline.services.capture_predictions import CapturePredictions
from tideline.services.read_log_lines import LogLine

MEMORY_MB = 1024
# CloudWatch Logs fills a delivery up to about a megabyte of lines.
DELIVERY_BYTES = 1_000_000
NUMBERS = [f"n{at}" for at in range(17)]
CATEGORIES = [f"k{at}" for at in range(3)]
START_MS = 1_790_000_000_000


def main() -> None:
    options = _options()
    print("| calls | rows | who | rows/s | calls/s | rows per processor second | times Tideline's rows/s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for rows_a_call in (1, 100):
        load = _load(rows=options.rows, rows_a_call=rows_a_call)
        best = _fastest(load, rounds=options.rounds)
        for name, took in best.items():
            print(
                f"| {load.calls:,} of {rows_a_call} | {load.rows:,} | {name} |"
                f" {load.rows / took.wall_s:,.0f} |"
                f" {load.calls / took.wall_s:,.0f} | {load.rows / took.cpu_s:,.0f} |"
                f" {best['Tideline'].wall_s / took.wall_s:.2f} |"
            )
    print(f"\nOne delivery of one call of one row: {_alone(options.rounds) * 1000:.0f} ms.")
    print(f"Merging 200 files of 100 rows: {_merging(options.rounds):.2f} s.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


@dataclass(frozen=True)
class Load:
    """Deliveries as a function gets them."""

    deliveries: Sequence[dict[str, Any]]
    calls: int
    rows: int


@dataclass(frozen=True)
class Took:
    """What the fastest round took; processor seconds are of the leanest."""

    wall_s: float
    cpu_s: float


class FolderStore:
    """A bucket as a folder: what S3 itself takes is not measured."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def upload(self, path: Path, key: str) -> None:
        """Move a file to its place."""
        target = self.folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)

    def holds_any(self, prefix: str) -> bool:
        """Tell whether a folder is there."""
        return (self.folder / prefix).exists()


class Nobody:
    """A queue that nobody reads."""

    def request(self, request: CompactionRequest) -> None:
        """Take it and do nothing."""
        del request


def _load(*, rows: int, rows_a_call: int) -> Load:
    random.seed(7)
    lines = [_line(number, rows_a_call) for number in range(rows // rows_a_call)]
    packed, some, size = [], [], 0
    for line in lines:
        some.append(line)
        size += len(line)
        if size > DELIVERY_BYTES:
            packed.append(_pack(some))
            some, size = [], 0
    packed += [_pack(some)] if some else []
    return Load(packed, len(lines), len(lines) * rows_a_call)


def _line(number: int, rows: int) -> str:
    call = {
        "model": "bench",
        "version": 1,
        "role": "champion",
        "generation": 1,
        "request_id": f"request-{number}",
        "time": START_MS + number,
        "latency_ms": 2.5,
        "key": f"customer-{number}",
        "type": "prediction",
        "schema_version": 2,
        "predictions": [_prediction(number, position) for position in range(rows)],
    }
    return json.dumps(call, separators=(",", ":"))


def _prediction(number: int, position: int) -> dict[str, Any]:
    features: dict[str, Any] = {name: round(random.random() * 1000, 6) for name in NUMBERS}
    features |= {name: f"plan_{random.randrange(20)}" for name in CATEGORIES}
    answer = {"no": 0.25, "yes": 0.75}
    name = f"{number:08x}-0000-7{position:03x}-8000-000000000000"
    return {"prediction_id": name, "features": features, "value": "yes", "probabilities": answer}


def _pack(lines: Sequence[str]) -> dict[str, Any]:
    events = [{"id": f"{at:056d}", "timestamp": START_MS, "message": text} for at, text in enumerate(lines)]
    batch = {"messageType": "DATA_MESSAGE", "logEvents": events}
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()}}


def _messages(delivery: dict[str, Any]) -> list[dict[str, Any]]:
    """Unpack a delivery as every example does."""
    batch = json.loads(gzip.decompress(base64.b64decode(delivery["awslogs"]["data"])))
    return [json.loads(event["message"]) for event in batch["logEvents"]]


def _flat(delivery: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {**{k: v for k, v in call.items() if k != "predictions"}, **prediction["features"]}
        | {"prediction_id": prediction["prediction_id"], "value": prediction["value"]}
        | {f"p_{label}": p for label, p in prediction["probabilities"].items()}
        for call in _messages(delivery)
        for prediction in call["predictions"]
    ]


def _capture(folder: Path) -> Callable[[dict[str, Any]], None]:
    use_case = CapturePredictions(
        lake=FolderStore(folder),  # type: ignore[arg-type]
        writer=DuckDbPredictionWriter(memory_mb=MEMORY_MB),
        compaction=Nobody(),
        workdir=workdir,
    )

    def capture(delivery: dict[str, Any]) -> None:
        batch = LogDelivery.model_validate(delivery).unpacked()
        use_case(LogLine(id=line_id, text=text) for line_id, text in batch.lines)

    return capture


def _pandas(folder: Path) -> Callable[[dict[str, Any]], None]:
    def capture(delivery: dict[str, Any]) -> None:
        pd.DataFrame(_flat(delivery)).to_csv(folder / f"{time.monotonic_ns()}.csv", index=False)

    return capture


def _duckdb(folder: Path) -> Callable[[dict[str, Any]], None]:
    connection = duckdb.connect()

    def capture(delivery: dict[str, Any]) -> None:
        lines = folder / "lines.jsonl"
        lines.write_text("\n".join(map(json.dumps, _flat(delivery))))
        target = folder / f"{time.monotonic_ns()}.parquet"
        connection.execute(f"COPY (FROM read_json('{lines}')) TO '{target}' (COMPRESSION zstd)")

    return capture


SUBJECTS: dict[str, Callable[[Path], Callable[[dict[str, Any]], None]]] = {
    "Tideline": _capture,
    "json + pandas, to CSV": _pandas,
    "json + DuckDB, to Parquet": _duckdb,
}


def _fastest(load: Load, *, rounds: int) -> dict[str, Took]:
    found: dict[str, list[Took]] = {name: [] for name in SUBJECTS}
    for _ in range(rounds):
        for name, subject in SUBJECTS.items():
            with tempfile.TemporaryDirectory() as folder:
                capture = subject(Path(folder))
                wall, cpu = time.perf_counter(), time.process_time()
                for delivery in load.deliveries:
                    capture(delivery)
                found[name].append(Took(time.perf_counter() - wall, time.process_time() - cpu))
    return {
        name: Took(min(took.wall_s for took in all_rounds), min(took.cpu_s for took in all_rounds))
        for name, all_rounds in found.items()
    }


def _alone(rounds: int) -> float:
    return _fastest(_load(rows=1, rows_a_call=1), rounds=max(rounds, 5))["Tideline"].wall_s


def _merging(rounds: int) -> float:
    found = []
    with tempfile.TemporaryDirectory() as name:
        capture = _capture(Path(name))
        for number in range(200):
            capture(_pack([_line(number, 100)]))
        sources = sorted(Path(name).rglob("*.parquet"))
        for _ in range(rounds):
            started = time.perf_counter()
            DuckDbPredictionMerger(memory_mb=2 * MEMORY_MB).merge(sources, Path(name) / "merged.parquet")
            found.append(time.perf_counter() - started)
    return min(found)


if __name__ == "__main__":
    main()
