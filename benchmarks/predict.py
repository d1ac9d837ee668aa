"""Cold start, warm latency and memory of `predict`, beside FastAPI + pandas + scikit-learn.

Both serve the same LightGBM model. Rounds alternate between the sides. Cold is the minimum over the rounds,
from exec to the first correct answer; warm is the median over the rounds of each round's percentile.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.serving import measure
from benchmarks.serving.bundle import Installation, install
from benchmarks.serving.cloud_stub import CloudStub
from benchmarks.serving.sample_model import Sample, train

ROOT = Path(__file__).resolve().parents[1]
_CALLS = {"subject": 5_000, "peer": 400}
_SAME = 1e-4


@dataclass
class Side:
    """What was measured of one side."""

    starts: list[measure.Start] = field(default_factory=list)
    p50_us: list[float] = field(default_factory=list)
    p99_us: list[float] = field(default_factory=list)

    def add_calls(self, times_ns: list[int]) -> None:
        """Keep a round's percentiles."""
        ordered = sorted(times_ns)
        self.p50_us.append(ordered[len(ordered) // 2] / 1e3)
        self.p99_us.append(ordered[len(ordered) * 99 // 100] / 1e3)

    @property
    def cold_ms(self) -> float:
        """The best start: whatever else ran on the machine only adds."""
        return min(start.ms for start in self.starts)

    @property
    def processor_ms(self) -> float:
        """Processor time of the cheapest start."""
        return min(start.processor_ms for start in self.starts)

    @property
    def resident_mb(self) -> float:
        """Resident memory after the first answer."""
        return statistics.median(start.resident_mb for start in self.starts)


@dataclass
class Bench:
    """Everything a round needs."""

    installation: Installation
    stub: CloudStub
    sample: Sample
    peer_python: Path
    folder: Path
    empty: Side = field(default_factory=Side)
    subject: Side = field(default_factory=Side)
    peer: Side = field(default_factory=Side)

    def round(self) -> None:
        """Start and call each side once."""
        self._start_empty()
        self._start_subject()
        self._start_peer()
        self._call_subject()
        self._call_peer()

    def _start_empty(self) -> None:
        task = self.installation.empty
        start, _ = measure.start_function(
            self.installation, self.stub, task=task, handler="empty.handler", event={}
        )
        self.empty.starts.append(start)

    def _start_subject(self) -> None:
        start, answer = measure.start_function(
            self.installation,
            self.stub,
            task=self.installation.task,
            handler="predict.handler.handler",
            event=measure.prediction_event(self.sample),
        )
        self._check(json.loads(json.loads(answer)["body"]))
        self.subject.starts.append(start)

    def _start_peer(self) -> None:
        start, answer = measure.start_peer(self.peer_python, ROOT, self.sample)
        self._check(json.loads(answer))
        self.peer.starts.append(start)

    def _check(self, answer: dict[str, list[dict[str, dict[str, float]]]]) -> None:
        found = answer["predictions"][0]["probabilities"]["yes"]
        if abs(found - self.sample.probability) > _SAME:
            raise measure.Wrong(f"{found} instead of {self.sample.probability}")

    def _call_subject(self) -> None:
        event = self.folder / "event.json"
        event.write_text(json.dumps(measure.prediction_event(self.sample)))
        script = str(ROOT / "benchmarks/serving/warm_subject.py")
        command = [*measure.PYTHON, "-P", script, str(event), str(_CALLS["subject"])]
        environment = measure.subject_environment(self.installation, self.stub, self.installation.task)
        self.subject.add_calls(measure.call_in_process(command, environment, folder=self.installation.task))

    def _call_peer(self) -> None:
        body = self.folder / "body.json"
        body.write_text(json.dumps({"instances": [self.sample.row]}))
        command = [str(self.peer_python), "-m", "benchmarks.serving.warm_peer", str(body)]
        command.append(str(_CALLS["peer"]))
        environment = {"PYTHONPATH": str(ROOT), "PEER_MODEL": str(self.sample.pickled)}
        self.peer.add_calls(measure.call_in_process(command, environment, folder=ROOT))


def table(bench: Bench) -> str:
    """Return the figures as Markdown."""
    empty, subject, peer = bench.empty, bench.subject, bench.peer
    p50, p99 = _ratio(peer.p50_us, subject.p50_us), _ratio(peer.p99_us, subject.p99_us)
    rows = [
        "| side | cold start ms | processor ms of it | resident MB | warm p50 us | warm p99 us |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        _row("empty handler", empty),
        _row("predict", subject),
        _row("FastAPI + pandas + scikit-learn", peer),
        "",
        "| ratio | found | goal |",
        "| --- | ---: | ---: |",
        f"| cold, predict : peer | 1 : {peer.cold_ms / subject.cold_ms:.1f} | 1 : 10 |",
        f"| warm p50, predict : peer | 1 : {p50:.1f} | 1 : 20 |",
        f"| warm p99, predict : peer | 1 : {p99:.1f} | 1 : 20 |",
        f"| cold, predict : empty | {subject.cold_ms / empty.cold_ms:.2f} | 3.5 |",
        f"| cold, predict : empty, processor time | {subject.processor_ms / empty.processor_ms:.2f} | |",
        f"| resident MB | {subject.resident_mb:.0f} | 90 |",
    ]
    return "\n".join(rows)


def _row(name: str, side: Side) -> str:
    cold = f"{side.cold_ms:.0f} | {side.processor_ms:.0f} | {side.resident_mb:.0f}"
    if not side.p50_us:
        return f"| {name} | {cold} | | |"
    return (
        f"| {name} | {cold} | {statistics.median(side.p50_us):.0f} | {statistics.median(side.p99_us):.0f} |"
    )


def _ratio(peer: list[float], subject: list[float]) -> float:
    return statistics.median(peer) / statistics.median(subject)


def peer_environment() -> Path:
    """Return the interpreter of the peer's own environment, made from its lock if need be."""
    folder = ROOT / "build/bench-venv"
    python = folder / "bin/python"
    uv = str(Path(sys.executable).with_name("uv"))
    if not python.exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    command = [uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"]
    command += ["--python", str(python), str(ROOT / "requirements/bench.txt")]
    subprocess.run(command, check=True)
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    peer_python = peer_environment()
    with tempfile.TemporaryDirectory(prefix="tideline-bench-") as name:
        folder = Path(name)
        sample = train(folder)
        installation = install(ROOT, folder / "installation")
        with CloudStub(document=sample.document(), artifact=sample.artifact) as stub:
            bench = Bench(installation, stub, sample, peer_python, folder)
            for number in range(rounds):
                print(f"round {number + 1} of {rounds}", file=sys.stderr)
                bench.round()
        print(table(bench))


if __name__ == "__main__":
    main()
