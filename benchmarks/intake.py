"""Intake of a large CSV, side by side with what a user would write with pandas, as a Markdown table.

    PYTHONPATH=functions python -m benchmarks.intake [--rows 5000000] [--rounds 3]

Both read the same file of 20 columns (an entity, 15 numbers, 3 categories, a target), hold it to the same
rules (type, range, missing, allowed values, repeated entities) and write Parquet. Each reading is a process
of its own, which reports its wall and processor time, imports not counted, and its peak memory, imports
counted. Subjects take turns; the table shows the fastest reading of each and its highest peak.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

NUMBERS = [f"n{at}" for at in range(15)]
CATEGORIES = [f"k{at}" for at in range(3)]
PLANS = [f"plan_{at}" for at in range(20)]
MEMORY_MB = 2048


def main() -> None:
    options = _options()
    if options.child:
        print(json.dumps(_measure(SUBJECTS[options.child], options)))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        source = Path(folder) / "big.csv"
        _generate(source, rows=options.rows, bad_rows=options.bad_rows)
        found: dict[str, list[dict[str, float]]] = {name: [] for name in SUBJECTS}
        for _ in range(options.rounds):
            for name in SUBJECTS:
                found[name].append(_in_a_process(name, source, options))
        _print_table(found, source, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--bad-rows", type=float, default=0.0, help="share of rows below their minimum")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--memory-mb", type=int, default=MEMORY_MB)
    parser.add_argument("--folder", help="where the file is generated; needs three times its size")
    parser.add_argument("--child", choices=list(SUBJECTS), help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _generate(target: Path, *, rows: int, bad_rows: float) -> None:
    numbers = ", ".join(f"round(random() * 1000, 6) AS {name}" for name in NUMBERS[1:])
    plans = ", ".join(f"'plan_' || (random() * 19)::INT AS {name}" for name in CATEGORIES)
    connection = duckdb.connect()
    connection.execute("SELECT setseed(0.5)")
    connection.execute(
        f"COPY (SELECT i AS id, CASE WHEN random() < {bad_rows} THEN -1 ELSE round(random() * 1000, 6) END"
        f" AS {NUMBERS[0]}, {numbers}, {plans}, (random() < 0.3)::INT AS y"
        f" FROM range({rows}) t(i)) TO '{target}' (HEADER)"
    )


def _in_a_process(name: str, source: Path, options: argparse.Namespace) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.intake", "--child", name, "--source", str(source)]
    command += ["--memory-mb", str(options.memory_mb)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def _measure(subject: Callable[..., Callable[[], int]], options: argparse.Namespace) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=options.source.parent) as folder:
        run = subject(options.source, Path(folder), options.memory_mb)
        wall, cpu = time.perf_counter(), time.process_time()
        rows = run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"rows": rows, "wall_s": wall, "cpu_s": cpu, "peak_mb": peak_kib / 1024}


def _tideline(source: Path, folder: Path, memory_mb: int) -> Callable[[], int]:
    from tideline.adapters.intake import DuckDbFileReader  # noqa: PLC0415
    from tideline.domain.contract.spec import ModelSpec  # noqa: PLC0415

    features: dict[str, Any] = {name: {"type": "number", "min": 0, "max": 1000} for name in NUMBERS}
    features |= {name: {"type": "category", "values": PLANS} for name in CATEGORIES}
    spec = ModelSpec.model_validate(
        {"model": "bench", "task": "binary", "target": "y", "entity": "id", "features": features}
    )
    reader = DuckDbFileReader(memory_mb=memory_mb)
    return lambda: reader.read(source, name="big.csv", spec=spec, workdir=folder).rows


def _pandas(source: Path, folder: Path, memory_mb: int) -> Callable[[], int]:
    import pandas as pd  # noqa: PLC0415

    del memory_mb

    def run() -> int:
        frame = pd.read_csv(source)
        good = frame["id"].notna() & ~frame["id"].duplicated() & frame["y"].isin([0, 1])
        for name in NUMBERS:
            good &= pd.to_numeric(frame[name], errors="coerce").between(0, 1000)
        for name in CATEGORIES:
            good &= frame[name].isin(PLANS)
        frame = frame[good]
        _write_frame(frame, folder / "out.parquet")
        return len(frame)

    return run


def _write_frame(frame: Any, target: Path) -> None:
    """Write with pyarrow where it is there, else with DuckDB, which reads frames in place."""
    try:
        frame.to_parquet(target)
    except ImportError:
        duckdb.sql(f"COPY (SELECT * FROM frame) TO '{target}' (FORMAT parquet)")


def _print_table(found: dict[str, list[dict[str, float]]], source: Path, options: argparse.Namespace) -> None:
    size = source.stat().st_size / 1e9
    print(
        f"{options.rows:,} rows x 20 columns, {size:.2f} GB of CSV, {options.bad_rows:.1%} bad rows, "
        f"{os.cpu_count()} cores, {options.rounds} rounds, load {os.getloadavg()[0]:.1f}\n"
    )
    print("| | wall s | cpu s | rows/s | peak MB | wall, ratio | cpu, ratio | peak, ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    best = {
        name: {
            "wall": min(one["wall_s"] for one in rounds),
            "cpu": min(one["cpu_s"] for one in rounds),
            "peak": max(one["peak_mb"] for one in rounds),
        }
        for name, rounds in found.items()
    }
    base = best["tideline"]
    for name, one in best.items():
        ratios = " | ".join(f"{one[key] / base[key]:.2f}" for key in ("wall", "cpu", "peak"))
        print(
            f"| {name} | {one['wall']:.1f} | {one['cpu']:.1f} | {options.rows / one['wall']:,.0f} "
            f"| {one['peak']:.0f} | {ratios} |"
        )


SUBJECTS: dict[str, Callable[..., Callable[[], int]]] = {"tideline": _tideline, "pandas": _pandas}

if __name__ == "__main__":
    main()
