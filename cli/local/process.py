"""Processes: whether one that was recorded still runs and is still the same, and ending it."""

from __future__ import annotations

import os
import signal
import subprocess
import time

_POLL_S = 0.1


def start_mark(pid: int) -> str | None:
    """Return when a process started, as the system puts it, or nothing if it isn't there.

    Together with its id it tells a process from a later one that got the same id.
    """
    answer = subprocess.run(
        ["ps", "-o", "lstart=,stat=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    words = answer.stdout.split()
    # A zombie has ended; only its parent hasn't asked how.
    return None if not words or words[-1].startswith("Z") else " ".join(words[:-1])


def is_running(pid: int | None, *, started: str | None) -> bool:
    """Tell whether the process that was recorded is the one that has its id now."""
    return pid is not None and started is not None and start_mark(pid) == started


def terminate(pid: int, *, started: str, timeout_s: float) -> bool:
    """Ask a process to end and wait for it; tell whether it did in time."""
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return True
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if not is_running(pid, started=started):
            return True
        time.sleep(_POLL_S)
    return False
