"""Drift of a million rows x 30 numbers, side by side with its peers, and merging a week of hours.

    PYTHONPATH=functions:. python -m benchmarks.drift [--rows 1000000] [--rounds 1] [--peers nannyml ...]

All get the same two frames, by default of float64 as pandas reads numbers: normal, lognormal, whole and
uniform numbers, of some of which 2 % are missing, and a third of the columns shifted. Each reading is a
process of its own in its own environment, which reports the wall and processor time of the work, without
imports, loading and fitting, and its peak memory with all of them. Tideline counts the current frame over the
bins of its stored profile, calculates PSI, Jensen-Shannon, test and adjusted p-values and writes reasons; it
never holds the reference frame, and of the current one a column at a time. numpy does too and only counts,
over the same edges. NannyML calculates one distance, whylogs only profiles the current frame, and Evidently
makes its report of PSI. Subjects take turns; the table shows the fastest reading
of each and its highest peak.

The week is 168 windows of 100 features and a class's scores, as JSON: reading, merging, and both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.drift_peers.frames import column, measured
from benchmarks.serving.peers.environment import ROOT, binaries, install
from tideline.domain.evaluation.inference.interval import Interval
from tideline.domain.monitoring.counting.columns import count_numbers, count_scores
from tideline.domain.monitoring.counting.counts import ColumnCounts, WindowCounts, merged
from tideline.domain.monitoring.drift.compare_columns import compare_columns
from tideline.domain.monitoring.reference import MonitoringReference
from tideline.domain.training.profile import NumberProfile, profile_numbers

PEERS = {
    "nannyml": ("NannyML, Jensen-Shannon, fit apart", "nannyml_js", 4),
    "whylogs": ("whylogs, profile", "whylogs_profile", 60),
    "evidently": ("Evidently, PSI report", "evidently_psi", 150),
}
LIMITS = {"min_rows": 500, "psi": 0.05, "false_alarms": 0.05}
TIDELINE, NUMPY = "Tideline", "numpy.histogram, same edges"
FEATURES, HOURS, WEEK_FEATURES, HOUR_ROWS = 30, 168, 100, 500
Reading = dict[str, float]


def main() -> None:
    options = _options()
    if options.child:
        {"tideline": _tideline, "numpy": _numpy}[options.child](options.folder)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        _prepare(Path(folder), rows=options.rows, dtype=options.dtype)
        found: dict[str, list[Reading]] = {}
        for _ in range(options.rounds):
            for name, key in ((TIDELINE, "tideline"), (NUMPY, "numpy")):
                found.setdefault(name, []).append(_own(key, folder))
            for key in options.peers:
                found.setdefault(PEERS[key][0], []).append(_peer(key, folder))
    _print_table(found, options)
    _print_week()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dtype", default="float64", choices=["float32", "float64"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--folder", help="where the frames are written: 480 bytes a row")
    parser.add_argument("--child", choices=["tideline", "numpy"], help=argparse.SUPPRESS)
    return parser.parse_args()


def _prepare(folder: Path, *, rows: int, dtype: str) -> None:
    """Write both frames, and the reference as evaluation stores it."""
    random = np.random.default_rng(7)
    frames = {side: _frame(random, rows, moved=side == "current") for side in ("reference", "current")}
    for side, frame in frames.items():
        (folder / side).mkdir()
        for at, values in enumerate(frame):
            np.save(folder / side / f"f{at:02d}.npy", values.astype(dtype))
    (folder / "reference.json").write_text(_reference(frames["reference"]).model_dump_json())


def _reference(frame: np.ndarray) -> MonitoringReference:
    return MonitoringReference(
        model="bench",
        run_id="bench",
        artifact_sha256="0" * 64,
        task="binary",
        classes=("no", "yes"),
        metric="roc_auc",
        rows=frame.shape[1],
        features={f"f{at:02d}": profile_numbers(column) for at, column in enumerate(frame)},
        quality=Interval(
            estimate=0.9, low=0.89, high=0.91, confidence=0.95, resamples=0, rows=frame.shape[1]
        ),
    )


def _frame(random: np.random.Generator, rows: int, *, moved: bool) -> np.ndarray:
    kinds = [
        lambda: random.normal(size=rows),
        lambda: random.lognormal(0, 2, rows),
        lambda: random.integers(0, 500, rows),
        lambda: random.random(rows),
        lambda: random.poisson(3, rows),
    ]
    frame = np.empty((FEATURES, rows), dtype=np.float32)
    for at in range(FEATURES):
        frame[at] = kinds[at % len(kinds)]()
        frame[at] *= 1.5 if moved and at % 3 == 0 else 1
        if at % 6 == 0:
            frame[at, random.random(rows) < 0.02] = np.nan
    return frame


def _tideline(folder: str) -> None:
    stored = MonitoringReference.model_validate_json((Path(folder) / "reference.json").read_bytes())
    features: dict[str, ColumnCounts] = {}

    def compare() -> None:
        counts = WindowCounts(model=stored.model, version=1, rows=1_000_000, features=features)
        found = compare_columns(counts, stored, **LIMITS)
        print(sum(one.has_drifted for one in found), "drifted")

    def works() -> Iterator[Callable[[], object]]:
        for name in stored.features:
            values = column(folder, "current", name)
            yield lambda name=name, values=values: features.update(_counted(stored, {name: values}))
        yield compare

    measured(works())


def _counted(stored: MonitoringReference, columns: Mapping[str, NDArray[Any]]) -> dict[str, ColumnCounts]:
    profiles = {name: stored.features[name] for name in columns}
    return {
        name: count_numbers(profile, columns[name])
        for name, profile in profiles.items()
        if isinstance(profile, NumberProfile)
    }


def _numpy(folder: str) -> None:
    stored = json.loads((Path(folder) / "reference.json").read_bytes())["features"]

    def works() -> Iterator[Callable[[], object]]:
        for name, profile in stored.items():
            values = column(folder, "current", name)
            edges = np.array([-np.inf, *profile["edges"], np.inf], values.dtype)
            yield lambda values=values, edges=edges: np.histogram(values, edges)

    measured(works())


def _own(key: str, folder: str) -> Reading:
    command = [sys.executable, "-m", "benchmarks.drift", "--child", key, "--folder", folder]
    return _reading(command, {"PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"})


def _peer(key: str, folder: str) -> Reading:
    print(f"{PEERS[key][0]} ...", file=sys.stderr)
    install(key)
    command = [str(binaries(key) / "python"), "-m", f"benchmarks.drift_peers.{PEERS[key][1]}", folder]
    quiet = {"DO_NOT_TRACK": "1", "WHYLOGS_NO_ANALYTICS": "True", "NML_DISABLE_USAGE_LOGGING": "1"}
    return _reading(command, {"PYTHONPATH": str(ROOT), "HOME": folder, **quiet})


def _reading(command: list[str], variables: dict[str, str]) -> Reading:
    environment = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    reading: Reading = json.loads(done.stdout.strip().splitlines()[-1])
    return reading


def _print_table(found: dict[str, list[Reading]], options: argparse.Namespace) -> None:
    goals = {NUMPY: "at least 0.5", **{name: f"at least {goal}" for name, _, goal in PEERS.values()}}
    best = {
        name: (
            min(one["wall_s"] for one in readings),
            min(one["cpu_s"] for one in readings),
            max(one["peak_mb"] for one in readings),
        )
        for name, readings in found.items()
    }
    load = os.getloadavg()[0]
    print(
        f"{options.rows:,} rows x {FEATURES} numbers of {options.dtype}, {options.rounds} rounds,"
        f" load {load:.1f}\n"
    )
    print("| | wall s | processor s | peak MB | wall, times (goal) | processor, times | peak, times |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    own = best[TIDELINE]
    for name, (wall, cpu, peak) in best.items():
        goal = f" ({goals[name]})" if name in goals else ""
        print(
            f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:,.0f} |"
            f" {wall / own[0]:.1f}{goal} | {cpu / own[1]:.1f} | {peak / own[2]:.1f} |"
        )


def _print_week() -> None:
    random = np.random.default_rng(8)
    stored = _reference(random.normal(size=(WEEK_FEATURES, 5_000)).astype(np.float32))
    documents = [_hour(stored, random) for _ in range(HOURS)]
    started, cpu = time.perf_counter(), time.process_time()
    hours = [WindowCounts.model_validate_json(document) for document in documents]
    read = time.perf_counter()
    merged(hours)
    ended, cpu = time.perf_counter(), time.process_time() - cpu
    print(
        f"\n{HOURS} hours of {WEEK_FEATURES} features ({len(documents[0]) / 1e3:.0f} kB each): "
        f"reading {read - started:.2f} s, merging {ended - read:.2f} s,"
        f" both {ended - started:.2f} s (goal: under 1), {cpu:.2f} s of processor"
    )


def _hour(stored: MonitoringReference, random: np.random.Generator) -> str:
    features = _counted(stored, {name: random.normal(size=HOUR_ROWS) for name in stored.features})
    scores = random.random(HOUR_ROWS)
    outputs = {"yes": count_scores(scores, scores > 0.5)}
    hour = WindowCounts(model=stored.model, version=1, rows=HOUR_ROWS, features=features, outputs=outputs)
    return hour.model_dump_json()


if __name__ == "__main__":
    main()
