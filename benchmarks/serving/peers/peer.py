"""One peer: how its model is saved, its server started and its answer read."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.serving.peers.environment import ROOT, binaries, install
from benchmarks.serving.sample_model import Sample

_HERE = "benchmarks.serving.peers"


@dataclass(frozen=True)
class Peer:
    """A serving system.

    Attributes:
        name: For tables.
        key: Names its lock, `requirements/peer-<key>.txt`, and its environment.
        program: Module run by its own interpreter that saves the model where its server expects it; None
            where the server reads the pickle.
        command: Arguments of its server, for a folder, a port and a number of workers.
        path: Where predictions are asked for.
        body: What is asked for rows.
        probability: Reads the first row's probability of the positive class from an answer.
        environment: Variables of its server, for a folder.
    """

    name: str
    key: str
    program: str | None
    command: Callable[[Path, int, int], Sequence[str]]
    path: str
    body: Callable[[Sequence[Mapping[str, float]]], Any]
    probability: Callable[[Any], float]
    environment: Callable[[Path], dict[str, str]] = field(default=lambda _: {})

    @property
    def binaries(self) -> Path:
        """Where its programs are."""
        return binaries(self.key)

    def install(self) -> None:
        """Make its environment as its lock says; nothing is done where that has been done."""
        install(self.key)

    def save(self, sample: Sample, folder: Path) -> None:
        """Save the model for its server."""
        folder.mkdir()
        if self.program is None:
            return
        command = [str(self.binaries / "python"), "-m", f"{_HERE}.{self.program}"]
        subprocess.run(
            [*command, str(sample.text), str(folder)],
            check=True,
            cwd=ROOT,
            env=self.variables(folder, sample),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def variables(self, folder: Path, sample: Sample) -> dict[str, str]:
        """Return its server's environment."""
        return {
            # Servers find their own programs by it.
            "PATH": f"{self.binaries}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "PEER_MODEL": str(sample.pickled),
            **self.environment(folder),
        }
