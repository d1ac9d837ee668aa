"""Fifty models in one function: what a call costs where all of them fit into its memory, and where ten do.

Calls go over a local Runtime API to the real bundle; which model is asked for follows Zipf's law with
exponent 1, as popularity does. A model that is not in memory is read and loaded within the call.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.serving.bundle import Installation, install
from benchmarks.serving.cloud_stub import CloudStub
from benchmarks.serving.measure import PREDICT, PYTHON, prediction_event, subject_environment
from benchmarks.serving.peers.peer import ROOT
from benchmarks.serving.processes import running
from benchmarks.serving.runtime_api import RuntimeApi
from benchmarks.serving.sample_model import Sample, train
from tideline.serving.model_cache import BUDGET_SHARE

MODELS, KEPT = 50, 10
_PATIENCE_S = 300.0


def popularity(calls: int) -> list[int]:
    """Return the model of each call, by its place in popularity."""
    weights = 1 / np.arange(1, MODELS + 1)
    chosen = np.random.default_rng(11).choice(MODELS, size=calls, p=weights / weights.sum())
    return [int(each) for each in chosen]


def measure(installation: Installation, stub: CloudStub, sample: Sample, *, kept: int, calls: int) -> str:
    """Return a row of the table."""
    asked = popularity(calls)
    events = [json.dumps(prediction_event(sample, model=f"model-{each}")).encode() for each in asked]
    environment = subject_environment(installation, stub, installation.task)
    # The function keeps artifacts up to a share of its memory.
    memory_mb = (kept * len(sample.artifact) * BUDGET_SHARE >> 20) + 1
    environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = str(memory_mb)
    with RuntimeApi(events) as api:
        environment["AWS_LAMBDA_RUNTIME_API"] = api.address
        with running(
            [*PYTHON, "-m", "awslambdaric", PREDICT], environment, folder=installation.task
        ) as server:
            if not api.finished.wait(_PATIENCE_S):
                raise SystemExit(f"{PREDICT} stopped: {api.failures[:1]}")
            resident = server.memory_mb()
    # The first fifth fills the memory.
    times = sorted(api.times_ns[calls // 5 :])
    p50, p99 = (times[len(times) * percent // 100] / 1e3 for percent in (50, 99))
    return f"| {kept} of {MODELS} | {p50:,.0f} | {p99:,.0f} | {times[-1] / 1e3:,.0f} | {resident:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5_000)
    calls = parser.parse_args().calls
    with tempfile.TemporaryDirectory(prefix="tideline-bench-") as name:
        sample = train(Path(name))
        installation = install(ROOT, Path(name) / "installation")
        documents = [sample.document(f"model-{each}") for each in range(MODELS)]
        with CloudStub(documents=documents, artifact=sample.artifact) as stub:
            print("| models that fit | warm p50 us | p99 us | slowest us | memory MB |")
            print("| --- | ---: | ---: | ---: | ---: |")
            for kept in (MODELS, KEPT):
                print(measure(installation, stub, sample, kept=kept, calls=calls))


if __name__ == "__main__":
    main()
