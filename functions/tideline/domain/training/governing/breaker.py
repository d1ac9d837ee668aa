"""A circuit breaker: when the last challengers were all rejected, the next one most likely will be too.

Nygard, Release It! (2007), ch. 5.2: closed, open after a number of failures in a row, half-open after a
time, when one call is let through and its outcome closes or opens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from tideline.domain.training.governing.hold import Hold, moment
from tideline.domain.training.run import Run, RunStatus

BreakerState = Literal["closed", "open", "half_open"]


def rejected_in_a_row(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return the newest runs whose candidates were rejected with no registered one in between.

    A failed run brought no challenger, so that it neither counts nor interrupts.

    Args:
        runs: Of a model, oldest first.
    """
    row: list[Run] = []
    for run in runs:
        if run.status is RunStatus.REGISTERED:
            row.clear()
        elif run.status is RunStatus.REJECTED:
            row.append(run)
    return tuple(row)


def breaker_state(
    runs: Sequence[Run], *, rejected: int, retry_after_s: int, at: datetime
) -> tuple[BreakerState, datetime | None]:
    """Return where the breaker stands, and from when on an open one lets a run through.

    Nothing is stored: it follows from the runs. Half-open, the one run that is let through is the one
    that takes the model's lock; rejected, it is the newest of the row and opens the breaker anew.
    """
    row = rejected_in_a_row(runs)
    if len(row) < rejected:
        return "closed", None
    until = (row[-1].ended_at or row[-1].created_at) + timedelta(seconds=retry_after_s)
    return ("open", until) if at < until else ("half_open", None)


def breaker(runs: Sequence[Run], *, rejected: int, retry_after_s: int, at: datetime) -> Hold | None:
    """Tell whether the breaker is open."""
    state, until = breaker_state(runs, rejected=rejected, retry_after_s=retry_after_s, at=at)
    if state != "open" or until is None:
        return None
    row = rejected_in_a_row(runs)
    return Hold(
        f"the last {len(row)} candidates were rejected, {row[-1].order.run_id} the newest of them"
        f" (`retraining.breaker`): one more is tried from {moment(until)} on",
        until,
    )
