"""Start each side in a process of its own, call it over loopback and time it."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import socket
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.serving.bundle import Installation
from benchmarks.serving.cloud_stub import CloudStub
from benchmarks.serving.peers.peer import ROOT, Peer
from benchmarks.serving.processes import Server, running
from benchmarks.serving.runtime_api import RuntimeApi
from benchmarks.serving.sample_model import MODEL, Sample

_PATIENCE_S = 120.0
_POLL_S = 0.005
_OK = 200
_SAME = 1e-4
# The interpreter itself, without what happens to be installed beside it: Lambda has only the runtime's own.
PYTHON = (str(getattr(sys, "_base_executable", sys.executable)), "-S")
PREDICT = "predict.handler.handler"


@dataclass(frozen=True)
class Start:
    """One cold start.

    Attributes:
        ms: From exec to the first correct answer.
        processor_ms: Processor time for it, of all its processes; steadier than `ms` on a busy machine.
        memory_mb: Proportional set size after it.
    """

    ms: float
    processor_ms: float
    memory_mb: float


@dataclass(frozen=True)
class Calls:
    """Calls one after the other, in nanoseconds each, and how many were answered a second in all."""

    times_ns: tuple[int, ...]
    per_s: float

    def percentile_us(self, percent: int) -> float:
        """Return a percentile of the times in microseconds."""
        ordered = sorted(self.times_ns)
        return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] / 1e3


class Wrong(Exception):
    """A side did not give the right answer, so that its time means nothing."""


def prediction_event(sample: Sample, *, model: str = MODEL) -> dict[str, Any]:
    """Return what API Gateway hands to `predict`."""
    return {
        "version": "2.0",
        "routeKey": "POST /models/{model}/predictions",
        "rawPath": f"/models/{model}/predictions",
        "headers": {"content-type": "application/json", "host": "api", "user-agent": "benchmark"},
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "pathParameters": {"model": model},
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


@dataclass(frozen=True)
class Subject:
    """A handler under awslambdaric, fed by a local Runtime API."""

    installation: Installation
    stub: CloudStub
    sample: Sample
    task: Path
    handler: str = PREDICT

    def start(self) -> Start:
        """Start it and time its first answer."""
        began = time.perf_counter_ns()
        with RuntimeApi([self._event]) as api, self._running(api) as server:
            if not api.finished.wait(_PATIENCE_S) or not api.answers:
                raise Wrong(f"{self.handler} did not answer: {api.failures[:1]}")
            start = Start((api.answered_at[0] - began) / 1e6, server.processor_ms(), server.memory_mb())
        self._check(api)
        return start

    def call(self, count: int, *, workers: int = 1) -> Calls:
        """Call it, warm, as many times on each of its workers."""
        apis = [RuntimeApi([self._event] * count) for _ in range(workers)]
        with ExitStack() as stack:
            for api in apis:
                stack.enter_context(api)
                stack.enter_context(self._running(api))
            for api in apis:
                if not api.finished.wait(_PATIENCE_S):
                    raise Wrong(f"{self.handler} stopped: {api.failures[:1]}")
        # The first calls load the model.
        times = [api.times_ns[count // 10 :] for api in apis]
        self._check(apis[0])
        return Calls(tuple(itertools.chain(*times)), sum(len(each) * 1e9 / sum(each) for each in times))

    @property
    def _event(self) -> bytes:
        event = prediction_event(self.sample) if self.handler == PREDICT else {}
        return json.dumps(event).encode()

    def _running(self, api: RuntimeApi) -> Any:
        environment = subject_environment(self.installation, self.stub, self.task)
        environment["AWS_LAMBDA_RUNTIME_API"] = api.address
        return running([*PYTHON, "-m", "awslambdaric", self.handler], environment, folder=self.task)

    def _check(self, api: RuntimeApi) -> None:
        if self.handler != PREDICT:
            return
        answer = json.loads(json.loads(api.answers[-1])["body"])
        check(answer["predictions"][0]["probabilities"]["yes"], self.sample)


@dataclass(frozen=True)
class PeerServer:
    """A peer, installed and with its model saved."""

    peer: Peer
    sample: Sample
    folder: Path

    def start(self) -> Start:
        """Start it and time its first correct answer."""
        port = _free_port()
        began = time.perf_counter_ns()
        with self._running(port, workers=1) as server:
            self._wait(port, server)
            elapsed = (time.perf_counter_ns() - began) / 1e6
            return Start(elapsed, server.processor_ms(), server.memory_mb())

    def call(self, count: int, *, workers: int = 1) -> Calls:
        """Call it, warm, over as many kept connections as it has workers."""
        port = _free_port()
        with self._running(port, workers=workers) as server:
            self._wait(port, server)
            times: list[list[int]] = [[] for _ in range(workers)]
            clients = [threading.Thread(target=self._client, args=(port, count, each)) for each in times]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
        if any(len(each) != count for each in times):
            raise Wrong(f"{self.peer.name} stopped answering")
        warm = [each[count // 10 :] for each in times]
        return Calls(tuple(itertools.chain(*warm)), sum(len(each) * 1e9 / sum(each) for each in warm))

    def _running(self, port: int, *, workers: int) -> Any:
        command = [*self.peer.command(self.folder, port, workers)]
        environment = self.peer.variables(self.folder, self.sample)
        program = self.peer.binaries / command[0]
        command[0] = str(program) if program.exists() else command[0]
        return running(command, environment, folder=ROOT)

    def _wait(self, port: int, server: Server) -> None:
        """Ask until it answers correctly."""
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until and not server.has_ended:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
                if self._ask(connection) is not None:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(_POLL_S)
        raise Wrong(f"{self.peer.name} did not answer")

    def _client(self, port: int, count: int, times: list[int]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
        for _ in range(count):
            began = time.perf_counter_ns()
            answer = self._ask(connection)
            if answer is None:
                return
            times.append(time.perf_counter_ns() - began)
        check(self.peer.probability(json.loads(answer or b"")), self.sample)

    def _ask(self, connection: http.client.HTTPConnection) -> bytes | None:
        connection.request("POST", self.peer.path, self._body, {"content-type": "application/json"})
        # Servers with several workers may send without TCP_NODELAY: no waiting for delayed acknowledgements.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        response = connection.getresponse()
        content = response.read()
        return content if response.status == _OK else None

    @property
    def _body(self) -> bytes:
        return json.dumps(self.peer.body([self.sample.row])).encode()


def check(found: float, sample: Sample) -> None:
    """Raise `Wrong` unless an answer is the model's."""
    if abs(found - sample.probability) > _SAME:
        raise Wrong(f"{found} instead of {sample.probability}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
