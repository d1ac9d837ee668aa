"""Ask a challenger without being at its mercy: it may fail to load, raise or stall, and the champion goes on.

A challenger works in a thread of its own. One that stalls is told to stop, which ONNX Runtime heeds before
its next node, and its thread is left behind: at most one a version, for no other call asks it until that
thread has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from tideline.errors import TidelineError
from tideline.serving.aside import Aside
from tideline.serving.deployment import DeployedVersion
from tideline.serving.model_cache import RETRY_AFTER_S, ModelCache
from tideline.serving.turn import RETRY_SOON_S, Call, Failed, Turn, not_available, take_turn, unavailable

# A thousand instances take a forest tens of milliseconds; an HTTP API waits 29 s, in which the champion has
# to answer as well.
ANSWER_LIMIT_S = 2.0
# Loading comes before the first answer: read from S3, checked, parsed. 12 MB take about two seconds.
LOAD_LIMIT_S = 5.0


class Limits(NamedTuple):
    """How many seconds a call waits for a challenger's answer, and for loading and answer together."""

    answer_s: float = ANSWER_LIMIT_S
    load_s: float = LOAD_LIMIT_S


class _Stalled(NamedTuple):
    work: Aside[Turn]
    until: float
    error: str


class Challengers:
    """Asks challengers.

    Args:
        models: Loaded versions.
        clock: Seconds that never go back.
        stopwatch: The same, fine enough for latencies.
        limits: How long a call waits.
    """

    def __init__(
        self,
        models: ModelCache,
        *,
        clock: Callable[[], float],
        stopwatch: Callable[[], float],
        limits: Limits | None = None,
    ) -> None:
        self._models = models
        self._clock = clock
        self._stopwatch = stopwatch
        self._limits = limits or Limits()
        self._stalled: dict[str, _Stalled] = {}

    def ask(self, entry: DeployedVersion, call: Call) -> Turn:
        """Return a challenger's answer, or why there is none within its time."""
        stalled = self._stalled.get(entry.key)
        if stalled is not None:
            if self._clock() < stalled.until or not self._has_ended(entry, stalled):
                return _held(entry, f"not asked, for a moment ago it {stalled.error}")
            del self._stalled[entry.key]
        limit_s = self._limits.load_s if self._models.peek(entry) is None else self._limits.answer_s
        try:
            work: Aside[Turn] = Aside(partial(self._turn, entry, call), name="challenger")
        except RuntimeError:
            return _held(entry, "not asked, for the process has no thread left")
        turn = work.wait(limit_s)
        return self._stop(entry, work, limit_s) if turn is None else turn

    def _turn(self, entry: DeployedVersion, call: Call) -> Turn:
        return load_and_take_turn(
            self._models, entry, call, beside=call.deployment.champion, stopwatch=self._stopwatch
        )

    def _has_ended(self, entry: DeployedVersion, stalled: _Stalled) -> bool:
        """Return whether its thread has; if not it is told again, for it may have begun to run just now."""
        if not stalled.work.done:
            self._models.stop(entry)
        return stalled.work.done

    def _stop(self, entry: DeployedVersion, work: Aside[Turn], limit_s: float) -> Failed:
        self._models.stop(entry)
        error = f"gave no answer within {limit_s:g} s"
        self._stalled[entry.key] = _Stalled(work, self._clock() + RETRY_AFTER_S, error)
        return _held(entry, error, took_s=limit_s)


def load_and_take_turn(
    models: ModelCache,
    entry: DeployedVersion,
    call: Call,
    *,
    beside: DeployedVersion,
    stopwatch: Callable[[], float],
) -> Turn:
    """Load a version if need be and let it answer; whatever goes wrong is its failure and nobody else's."""
    started = stopwatch()
    try:
        return take_turn(entry, models.get(entry, beside=beside), call, stopwatch=stopwatch)
    except TidelineError as error:
        return not_available(entry, error, took_s=stopwatch() - started)
    except Exception as error:
        # Its text may hold what was asked.
        return _held(entry, f"unexpected {type(error).__name__}", took_s=stopwatch() - started)


def _held(entry: DeployedVersion, error: str, *, took_s: float = 0.0) -> Failed:
    return Failed(entry, error, round(took_s * 1000, 3), unavailable(RETRY_SOON_S))
