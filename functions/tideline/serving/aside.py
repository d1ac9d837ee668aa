"""A job in a thread of its own, for which a call waits so long and no longer.

ONNX Runtime is called through ctypes, which lets other threads go on meanwhile. A thread is a daemon: one
that never ends must not keep the process from ending.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Aside(Generic[T]):
    """Begins at once; `job` must not raise."""

    def __init__(self, job: Callable[[], T], *, name: str) -> None:
        self._job = job
        self._results: list[T] = []
        self._ended = threading.Lock()
        self._ended.acquire()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return not self._ended.locked()

    def wait(self, timeout_s: float) -> T | None:
        """Return the result, or None where there is none yet."""
        if self._ended.acquire(timeout=timeout_s):
            self._ended.release()
            return self._results[0] if self._results else None
        return None

    def _run(self) -> None:
        try:
            self._results.append(self._job())
        finally:
            self._ended.release()
