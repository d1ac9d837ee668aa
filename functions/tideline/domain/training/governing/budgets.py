"""Budgets of a calendar month in UTC: how many runs, and how much they may cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tideline.domain.training.governing.hold import Hold, moment
from tideline.domain.training.governing.month import next_month, spending
from tideline.domain.training.run import Run


def run_budget(runs: Sequence[Run], *, limit: int | None, at: datetime) -> Hold | None:
    """Tell whether the month has had all its runs."""
    if limit is None:
        return None
    made = spending(runs, at=at).runs
    if made < limit:
        return None
    until = next_month(at)
    return Hold(
        f"{made} runs this month, and `retraining.max_runs_per_month` is {limit}: not before {moment(until)}",
        until,
    )


def cost_budget(runs: Sequence[Run], *, limit_usd: float | None, at: datetime) -> Hold | None:
    """Tell whether the month's runs have cost what they may.

    What the next run will cost is not known before, so that a month may cost one run more than its budget.
    """
    if limit_usd is None:
        return None
    spent = spending(runs, at=at).cost_usd
    if spent < limit_usd:
        return None
    until = next_month(at)
    return Hold(
        f"this month's runs cost ${spent:.4f}, and `retraining.max_cost_per_month` is {limit_usd:g}:"
        f" not before {moment(until)}",
        until,
    )
