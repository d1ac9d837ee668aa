"""A server and whatever it starts: its memory and processor time, and its end."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_TICKS_S = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<id>/stat behind the program's name, counted from 0.
_PARENT, _UTIME, _STIME = 1, 11, 12


class Server:
    """A started program and whatever it starts."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def has_ended(self) -> bool:
        """Whether the program itself is over."""
        return self._process.poll() is not None

    def memory_mb(self) -> float:
        """Proportional set size of all its processes: pages that several share count once in all."""
        return sum(_proportional_mb(process) for process, _ in self._members())

    def processor_ms(self) -> float:
        """Processor time of all its processes that still run."""
        ticks = sum(int(stat[_UTIME]) + int(stat[_STIME]) for _, stat in self._members())
        return ticks * 1e3 / _TICKS_S

    def end(self) -> None:
        """Kill all of them: an orderly end would count as time."""
        for process, _ in self._members():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process.wait()

    def _members(self) -> list[tuple[int, list[str]]]:
        """Return the program and its descendants, with what the kernel says of them."""
        found = dict(_processes())
        members, grown = {self._process.pid} & found.keys(), True
        while grown:
            children = {process for process, stat in found.items() if int(stat[_PARENT]) in members}
            grown = not children <= members
            members |= children
        return [(process, found[process]) for process in members]


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], *, folder: Path) -> Iterator[Server]:
    """Start a program, and end it with everything that it started."""
    server = Server(
        subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )
    try:
        yield server
    finally:
        server.end()


def _processes() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                yield int(folder.name), (folder / "stat").read_text().rpartition(")")[2].split()


def _proportional_mb(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
