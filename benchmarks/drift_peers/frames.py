"""What every program of the drift benchmark needs: the two frames, and how a piece of work is measured."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def columns(folder: str, side: str) -> dict[str, Any]:
    """Return a frame's columns: float32, NaN where missing."""
    matrix = np.load(Path(folder) / f"{side}.npy")
    return {f"f{at:02d}": column for at, column in enumerate(matrix)}


def measured(work: Callable[[], object]) -> None:
    """Do it, and print its wall and processor time, and the peak memory with imports and frames."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n" + json.dumps({"wall_s": wall, "cpu_s": cpu, "peak_mb": peak_mb}))
