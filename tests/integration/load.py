"""Steady traffic: a few threads that ask for predictions at a fixed rate and write down every answer.

The rate is kept, not the gap: a slow answer delays no call but its own thread's next one, and what a thread
could not send in time it leaves out instead of sending it in a burst.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from tests.integration.cloud import Cloud

# The local cloud starts a process for every concurrent call: more threads would measure that.
THREADS = 2
CALLS_PER_S = 8.0
# A few who come again and again show whether a caller stays with a version; all others come once.
REGULARS = 20
_REGULAR_SHARE = 0.3
GOOD = 200


@dataclass(frozen=True)
class Call:
    """One call and what came of it.

    Attributes:
        at: When it was sent.
        status: Of HTTP; 0 where there was no answer at all.
        version: That answered; None where none did.
        detail: What was said instead of an answer.
    """

    at: datetime
    caller: str
    status: int
    version: int | None
    latency_s: float
    detail: str = ""


class Traffic:
    """Calls to one model while a `with` block runs.

    Args:
        cloud: The stack.
        model: Its name.
        instance: Makes an instance for a caller; called by several threads.
        per_s: Calls a second, of all threads together.
    """

    def __init__(
        self,
        cloud: Cloud,
        model: str,
        *,
        instance: Callable[[str, random.Random], dict[str, Any]],
        per_s: float = CALLS_PER_S,
        threads: int = THREADS,
    ) -> None:
        self._cloud, self._model, self._instance = cloud, model, instance
        self._every_s = threads / per_s
        self._over = threading.Event()
        self._calls: list[Call] = []
        self._threads = [threading.Thread(target=self._run, args=(seed,)) for seed in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> list[Call]:
        """End the traffic, and return every call in the order in which they were sent."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        return sorted(self._calls, key=lambda call: call.at)

    def _run(self, seed: int) -> None:
        # Another model's or another test's traffic has other callers: nobody is seen twice by chance.
        rand = random.Random(f"{self._model} {seed} {time.time_ns()}")
        due = time.monotonic() + self._every_s * rand.random()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            self._calls.append(self._call(rand))
            due = max(due + self._every_s, time.monotonic())

    def _call(self, rand: random.Random) -> Call:
        regular = rand.random() < _REGULAR_SHARE
        caller = f"regular-{rand.randrange(REGULARS)}" if regular else f"once-{rand.getrandbits(64):x}"
        body = json.dumps({"instances": [self._instance(caller, rand)]}).encode()
        at, began = datetime.now(UTC), time.monotonic()
        try:
            status, answer = self._cloud.predict(self._model, body)
        except (OSError, ValueError) as error:
            status, answer = 0, {"detail": repr(error)}
        detail = "" if status == GOOD else json.dumps(answer)[:500]
        return Call(at, caller, status, answer.get("version"), time.monotonic() - began, detail)
