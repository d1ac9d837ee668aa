"""Start each side in a process of its own and time it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.serving.bundle import Installation
from benchmarks.serving.cloud_stub import CloudStub
from benchmarks.serving.runtime_api import RuntimeApi
from benchmarks.serving.sample_model import MODEL, Sample

_PATIENCE_S = 60.0
# The interpreter itself, without what happens to be installed beside it: Lambda has only the runtime's own.
PYTHON = (str(getattr(sys, "_base_executable", sys.executable)), "-S")


@dataclass(frozen=True)
class Start:
    """One cold start.

    Attributes:
        ms: From exec to the first correct answer.
        processor_ms: Processor time for it, of all threads; steadier than `ms` on a busy machine.
        resident_mb: Resident memory after it.
    """

    ms: float
    processor_ms: float
    resident_mb: float


class Wrong(Exception):
    """A side did not give the right answer, so that its time means nothing."""


def prediction_event(sample: Sample) -> dict[str, Any]:
    """Return what API Gateway hands to `predict`."""
    return {
        "version": "2.0",
        "routeKey": "POST /models/{model}/predictions",
        "rawPath": f"/models/{MODEL}/predictions",
        "headers": {"content-type": "application/json", "host": "api", "user-agent": "benchmark"},
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "pathParameters": {"model": MODEL},
        "body": json.dumps({"instances": [sample.row]}),
        "isBase64Encoded": False,
    }


def subject_environment(installation: Installation, stub: CloudStub, task: Path) -> dict[str, str]:
    """Return a function's environment."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": installation.python_path(task),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": str(task),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_ENDPOINT_URL": stub.url,
        "TIDELINE_TABLE_NAME": "tideline-dev-registry",
        "TIDELINE_LAKE_BUCKET": "tideline-dev-lake-000000000000-us-east-1",
    }


def start_function(
    installation: Installation, stub: CloudStub, *, task: Path, handler: str, event: dict[str, Any]
) -> tuple[Start, bytes]:
    """Start a function under awslambdaric and return the time to its first answer, and the answer."""
    with RuntimeApi(json.dumps(event).encode(), invocations=1) as api:
        environment = subject_environment(installation, stub, task)
        environment["AWS_LAMBDA_RUNTIME_API"] = api.address
        command = [*PYTHON, "-m", "awslambdaric", handler]
        started = time.perf_counter_ns()
        with _running(command, environment, folder=task) as running:
            if not api.finished.wait(_PATIENCE_S) or not api.answers:
                raise Wrong(f"{handler} did not answer: {api.failures[:1]}")
            running.answered()
        elapsed = (api.answered_at[0] - started) / 1e6
        return Start(elapsed, running.processor_ms, running.resident_mb), api.answers[0]


def start_peer(python: Path, root: Path, sample: Sample) -> tuple[Start, bytes]:
    """Start the peer and return the time to its first answer, and the answer."""
    port = _free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(root),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PEER_MODEL": str(sample.pickled),
    }
    command = [str(python), "-m", "uvicorn", "benchmarks.serving.peer_app:app"]
    command += ["--port", str(port), "--host", "127.0.0.1", "--log-level", "warning"]
    body = json.dumps({"instances": [sample.row]})
    started = time.perf_counter_ns()
    with _running(command, environment, folder=root) as running:
        answer = _first_answer(port, body, until=time.monotonic() + _PATIENCE_S)
        elapsed = (time.perf_counter_ns() - started) / 1e6
        running.answered()
    return Start(elapsed, running.processor_ms, running.resident_mb), answer


def call_in_process(command: list[str], environment: dict[str, str], *, folder: Path) -> list[int]:
    """Run one of the `warm_` programs and return each call's nanoseconds."""
    done = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise Wrong(done.stderr)
    times: list[int] = json.loads(done.stderr.splitlines()[-1])
    return times


class Running:
    """A process that is stopped, and its memory and processor time looked at, once it has answered."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.processor_ms = 0.0
        self.resident_mb = 0.0

    def answered(self) -> None:
        """Look, and end it."""
        self.resident_mb = _resident_mb(self._process.pid)
        self.end()

    def end(self) -> None:
        """Kill it, if it runs: an orderly end would count as time."""
        if self._process.returncode is not None:
            return
        self._process.kill()
        _, self._process.returncode, usage = os.wait4(self._process.pid, 0)
        self.processor_ms = (usage.ru_utime + usage.ru_stime) * 1e3


@contextmanager
def _running(command: list[str], environment: dict[str, str], *, folder: Path) -> Iterator[Running]:
    running = Running(subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL))
    try:
        yield running
    finally:
        running.end()


def _first_answer(port: int, body: str, *, until: float) -> bytes:
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
        try:
            connection.request("POST", "/predict", body, {"content-type": "application/json"})
            return connection.getresponse().read()
        except ConnectionRefusedError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise Wrong("the peer did not answer")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _resident_mb(process_id: int) -> float:
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise Wrong(f"process {process_id} has ended")
