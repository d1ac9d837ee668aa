"""Cooldown: for a while after a run, what starts runs by itself starts none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tideline.domain.contract.durations import format_duration
from tideline.domain.training.governing.hold import Hold, moment
from tideline.domain.training.run import Run


def cooldown(runs: Sequence[Run], *, cooldown_s: int | None, at: datetime) -> Hold | None:
    """Tell whether the last run is too recent.

    Counted from its end, whatever it ended as: only then can traffic show what came of it, and a run that
    fails costs as much as one that does not.

    Args:
        runs: Of the model, oldest first.
        cooldown_s: Seconds; None for none.
        at: Now.
    """
    if cooldown_s is None or not runs:
        return None
    last = runs[-1]
    until = (last.ended_at or last.created_at) + timedelta(seconds=cooldown_s)
    if at >= until:
        return None
    return Hold(
        f"run {last.order.run_id} was the last one, and `retraining.cooldown` is"
        f" {format_duration(cooldown_s)}: not before {moment(until)}",
        until,
    )
