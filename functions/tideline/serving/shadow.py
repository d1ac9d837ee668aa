"""Shadows: versions that answer what callers asked, after the caller's answer is ready, for the log alone.

They work in a thread, one call at a time. A call waits a little for it, because Lambda freezes the process
once a call is over; what isn't done by then goes on during the next call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from tideline.serving import metrics
from tideline.serving.aside import Aside
from tideline.serving.challenger import load_and_take_turn
from tideline.serving.deployment import DeployedVersion
from tideline.serving.log_line import write_log
from tideline.serving.model_cache import ModelCache
from tideline.serving.prediction_log import PredictionLog
from tideline.serving.turn import Answered, Call

# A caller is promised to wait at most 5 ms for shadows: this, and what it takes to get Python back.
WAIT_S = 0.004
# A thread that computes in Python gives way to a caller after this long; usually it is 5 ms.
_SWITCH_S = 0.0005
# Processor time after which a shadow counts as stalled. Not time on the wall, which goes on while Lambda
# freezes the process; loading the largest artifact that is usual takes two seconds of it.
STALLED_AFTER_S = 5.0
# How long a shadow that stalled is left alone: it took the processor from callers.
_REST_S = 60.0


class _Work(NamedTuple):
    call: Call
    aside: Aside[None]
    # The shadow that is at work, first in a list so that its thread can change it.
    current: list[DeployedVersion]
    began: float


class Shadows:
    """Lets shadows answer.

    Args:
        models: Loaded versions.
        log: Where their answers go.
        clock: Seconds that never go back.
        processor: Seconds of processor time that this process has used.
        stopwatch: Seconds of processor time that this thread has used: what a shadow's latency is measured
            in, for the process may be frozen in the midst of it.
    """

    def __init__(
        self,
        models: ModelCache,
        log: PredictionLog,
        *,
        clock: Callable[[], float],
        processor: Callable[[], float],
        stopwatch: Callable[[], float],
    ) -> None:
        self._models = models
        self._log = log
        self._clock = clock
        self._processor = processor
        self._stopwatch = stopwatch
        self._work: _Work | None = None
        self._resting: dict[str, float] = {}

    def follow(self, call: Call) -> None:
        """Let the shadows of a call's deployment answer it too; waits `WAIT_S` at most, raises nothing."""
        # First of all: one that stalls is stopped even where its release is over.
        is_busy = self._work is not None and self._is_busy(self._work)
        if len(call.deployment.versions) == 1:
            return
        shadows = [entry for entry in call.deployment.versions if entry.role == "shadow"]
        awake = [] if is_busy else [entry for entry in shadows if not self._rests(entry)]
        for entry in shadows:
            if entry not in awake:
                metrics.count(metrics.SHADOW_SKIPPED, model=call.deployment.model, version=entry.version)
        if awake:
            self._begin(call, awake)

    def _begin(self, call: Call, shadows: Sequence[DeployedVersion]) -> None:
        if sys.getswitchinterval() > _SWITCH_S:
            sys.setswitchinterval(_SWITCH_S)
        current = [shadows[0]]
        try:
            aside = Aside(partial(self._answer_all, call, shadows, current), name="shadow")
        except RuntimeError:
            write_log("WARNING", "no thread is left for shadows", request_id=call.request_id)
            return
        self._work = _Work(call, aside, current, self._processor())
        aside.wait(WAIT_S)

    def _is_busy(self, work: _Work) -> bool:
        """Return whether shadows are at work, and stop one that stalls."""
        if work.aside.done:
            # Its call may be large.
            self._work = None
            return False
        stalled = work.current[0]
        if self._processor() - work.began > STALLED_AFTER_S and not self._rests(stalled):
            self._resting[stalled.key] = self._clock() + _REST_S
            self._models.stop(stalled)
        return True

    def _rests(self, entry: DeployedVersion) -> bool:
        return self._clock() < self._resting.get(entry.key, 0.0)

    def _answer_all(
        self, call: Call, shadows: Sequence[DeployedVersion], current: list[DeployedVersion]
    ) -> None:
        for entry in shadows:
            current[0] = entry
            try:
                self._answer(call, entry)
            except Exception as error:
                write_log("ERROR", "a shadow's record can't be written", error=type(error).__name__)

    def _answer(self, call: Call, entry: DeployedVersion) -> None:
        champion = call.deployment.champion
        turn = load_and_take_turn(self._models, entry, call, beside=champion, stopwatch=self._stopwatch)
        if isinstance(turn, Answered):
            self._log.answered(call, turn)
            return
        self._log.failed(call, turn)
        metrics.count(metrics.SHADOW_FAILED, model=call.deployment.model, version=entry.version)
