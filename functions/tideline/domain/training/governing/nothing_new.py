"""Nothing new to learn from: a run has used the newest data under the newest spec."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tideline.domain.training.governing.hold import Hold, moment
from tideline.domain.training.run import Run, RunStatus, Trigger

# Of these many may come in an hour; a run that fails at once must not be tried again for each.
_OFTEN = frozenset({Trigger.DRIFT, Trigger.PERFORMANCE})


def nothing_new(
    attempts: Sequence[Run], *, trigger: Trigger, retry_after_s: int, at: datetime
) -> Hold | None:
    """Tell whether the same work has been done; a failed run is work that has not.

    It is tried again when a person or a schedule asks, not because an old event is delivered once more,
    and because of drift or a drop only after a while.

    Args:
        attempts: At the newest data under the newest spec, oldest first.
        trigger: What asks.
        retry_after_s: Seconds after a failure until drift may try again.
        at: Now.
    """
    if not attempts:
        return None
    last = attempts[-1]
    work = f"data set version {last.order.dataset_version} and spec version {last.order.spec_version}"
    if not last.is_over:
        return Hold(f"run {last.order.run_id} is doing that already")
    used = Hold(f"run {last.order.run_id} has used {work}; it ended as {last.status}")
    if last.status is not RunStatus.FAILED or trigger is Trigger.DATA:
        return used
    if trigger not in _OFTEN:
        return None
    until = (last.ended_at or last.created_at) + timedelta(seconds=retry_after_s)
    if at >= until:
        return None
    return Hold(f"{used.explanation}: {trigger} tries again from {moment(until)} on", until)
