"""A process that dies before or after its k-th call to the outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

P = TypeVar("P")


class Crash(BaseException):
    """The process is gone: no `except Exception` sees it."""


@dataclass
class CrashPlan:
    """Counts the calls that pass through what it wraps, and crashes at one of them.

    Attributes:
        at: Number of the call, from 1; 0 for none.
        after: Whether the call still takes effect.
    """

    at: int = 0
    after: bool = False
    calls: int = 0

    def wrap(self, port: P) -> P:
        """Return the port with this plan in front of every method."""
        return _Wrapped(port, self)  # type: ignore[return-value]

    def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call, and crash where it is planned."""
        self.calls += 1
        here = self.calls == self.at
        if here and not self.after:
            raise Crash(method.__name__)
        answer = method(*args, **kwargs)
        if here:
            raise Crash(method.__name__)
        return answer


class _Wrapped:
    def __init__(self, port: object, plan: CrashPlan) -> None:
        self._port, self._plan = port, plan

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method):
            return method

        @wraps(method)
        def counted(*args: Any, **kwargs: Any) -> Any:
            return self._plan.call(method, *args, **kwargs)

        return counted


def sweep(scenario: Callable[[CrashPlan], None]) -> int:
    """Run a scenario with a crash at every call, before and after it; return how many calls there are.

    Args:
        scenario: Builds its own world, works through the plan's ports, recovers from `Crash` by delivering
            again, and asserts.
    """
    dry = CrashPlan()
    scenario(dry)
    for at in range(1, dry.calls + 1):
        for after in (False, True):
            scenario(CrashPlan(at=at, after=after))
    return dry.calls
