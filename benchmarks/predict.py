"""Cold start, warm latency, memory and throughput of `predict`, beside what a user would serve with.

All serve the same LightGBM model over loopback HTTP: `predict` under awslambdaric, fed by a local Runtime
API, the peers by their own servers, each in its own environment. Rounds alternate between the sides. Cold is
the minimum over the rounds, from exec to the first correct answer; warm is the median over the rounds of each
round's percentile.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.serving.bundle import install
from benchmarks.serving.cloud_stub import CloudStub
from benchmarks.serving.measure import Calls, PeerServer, Start, Subject
from benchmarks.serving.peers.catalog import PEERS
from benchmarks.serving.peers.peer import ROOT
from benchmarks.serving.sample_model import train

SUBJECT, EMPTY = "predict", "empty handler"
_CALLS = 400
_GOALS = {"mlflow": (20, 6), "bentoml": (20, 6), "mlserver": (None, None), "fastapi": (10, 3)}


class System(Protocol):
    """What is measured."""

    def start(self) -> Start:
        """Start it and time its first correct answer."""
        ...

    def call(self, count: int, *, workers: int = 1) -> Calls:
        """Call it, warm, as many times on each of its workers."""
        ...


@dataclass
class Side:
    """What was measured of one system."""

    name: str
    system: System
    starts: list[Start] = field(default_factory=list)
    warm: list[Calls] = field(default_factory=list)
    two: list[Calls] = field(default_factory=list)

    def round(self) -> None:
        """Start it cold, call it warm, call two workers of it."""
        self.starts.append(self.system.start())
        self.warm.append(self.system.call(_CALLS))
        self.two.append(self.system.call(_CALLS, workers=2))

    @property
    def cold_ms(self) -> float:
        """The best start: whatever else ran on the machine only adds."""
        return min(start.ms for start in self.starts)

    @property
    def processor_ms(self) -> float:
        """Processor time of the cheapest start."""
        return min(start.processor_ms for start in self.starts)

    @property
    def memory_mb(self) -> float:
        """Memory after the first answer."""
        return statistics.median(start.memory_mb for start in self.starts)

    def warm_us(self, percent: int) -> float:
        """Median over the rounds of a percentile."""
        return statistics.median(calls.percentile_us(percent) for calls in self.warm)

    @property
    def two_per_s(self) -> float:
        """Calls a second on two workers."""
        return statistics.median(calls.per_s for calls in self.two)


def table(sides: dict[str, Side]) -> str:
    """Return the figures as Markdown."""
    rows = [
        "| side | cold ms | processor ms of it | memory MB | warm p50 us | warm p99 us | two, calls/s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(_row(side) for side in sides.values()),
        "",
        "| predict : peer | cold (goal) | warm p50 (goal) | warm p99 | memory | two workers |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *(_ratios(sides[SUBJECT], sides[peer.key], *_GOALS[peer.key]) for peer in PEERS if peer.key in sides),
        "",
        f"cold, predict : empty handler {sides[SUBJECT].cold_ms / sides[EMPTY].cold_ms:.2f} (goal 3.5)",
    ]
    return "\n".join(rows)


def _row(side: Side) -> str:
    return (
        f"| {side.name} | {side.cold_ms:,.0f} | {side.processor_ms:,.0f} | {side.memory_mb:.0f} |"
        f" {side.warm_us(50):,.0f} | {side.warm_us(99):,.0f} | {side.two_per_s:,.0f} |"
    )


def _ratios(subject: Side, peer: Side, cold: int | None, warm: int | None) -> str:
    return (
        f"| {peer.name} | 1 : {peer.cold_ms / subject.cold_ms:.1f}{_goal(cold)} |"
        f" 1 : {peer.warm_us(50) / subject.warm_us(50):.1f}{_goal(warm)} |"
        f" 1 : {peer.warm_us(99) / subject.warm_us(99):.1f} |"
        f" 1 : {peer.memory_mb / subject.memory_mb:.1f} |"
        f" {subject.two_per_s / peer.two_per_s:.1f} : 1 |"
    )


def _goal(least: int | None) -> str:
    return "" if least is None else f" (1 : {least})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", nargs="*", default=[peer.key for peer in PEERS], help="By key; none too.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tideline-bench-") as name:
        folder = Path(name)
        sample = train(folder)
        installation = install(ROOT, folder / "installation")
        with CloudStub(documents=[sample.document()], artifact=sample.artifact) as stub:
            sides = {
                EMPTY: Side(
                    EMPTY, Subject(installation, stub, sample, installation.empty, handler="empty.handler")
                ),
                SUBJECT: Side(SUBJECT, Subject(installation, stub, sample, installation.task)),
            }
            for peer in PEERS:
                if peer.key in arguments.peers:
                    print(f"installing {peer.name}", file=sys.stderr)
                    peer.install()
                    peer.save(sample, folder / peer.key)
                    sides[peer.key] = Side(peer.name, PeerServer(peer, sample, folder / peer.key))
            for number in range(arguments.rounds):
                for side in sides.values():
                    print(f"round {number + 1} of {arguments.rounds}: {side.name}", file=sys.stderr)
                    side.round()
        print(table(sides))


if __name__ == "__main__":
    main()
