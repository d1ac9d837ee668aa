"""What every program of the drift benchmark needs: the two frames, and how work is measured."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np


def names(folder: str, side: str) -> list[str]:
    """Return the names of a frame's columns."""
    return sorted(path.stem for path in (Path(folder) / side).glob("*.npy"))


def column(folder: str, side: str, name: str) -> Any:
    """Read one column; NaN where missing."""
    return np.load(Path(folder) / side / f"{name}.npy")


def columns(folder: str, side: str) -> dict[str, Any]:
    """Read a frame."""
    return {name: column(folder, side, name) for name in names(folder, side)}


def measured(works: Iterable[Callable[[], object]]) -> None:
    """Do it all, and print its wall and processor time, and the process's peak memory.

    What the iterable does between two pieces of work, such as reading a column, is not in the times.
    """
    wall = cpu = 0.0
    for work in works:
        wall_before, cpu_before = time.perf_counter(), time.process_time()
        work()
        wall += time.perf_counter() - wall_before
        cpu += time.process_time() - cpu_before
    print("\n" + json.dumps({"wall_s": wall, "cpu_s": cpu, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """Return the process's own peak: `getrusage` tells that of who started it, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
