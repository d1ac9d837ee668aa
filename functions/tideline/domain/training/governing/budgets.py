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
    Where no run of the model ever had a known cost, a month has one run: what more would cost, nobody knows.

    Args:
        runs: Every run of the model.
        limit_usd: In US dollars; None for no limit.
        at: Now.
    """
    if limit_usd is None:
        return None
    spent, until = spending(runs, at=at), next_month(at)
    limit = f"`retraining.max_cost_per_month` is {limit_usd:g}: not before {moment(until)}"
    if spent.unknown and spent.guess_usd is None:
        return Hold(
            f"what this month's runs cost could not be found out, nor what any run before cost, and {limit}",
            until,
        )
    if spent.cost_usd < limit_usd:
        return None
    guessed = f", {spent.unknown} of them counted as the most expensive run so far" if spent.unknown else ""
    return Hold(f"this month's runs cost ${spent.cost_usd:.4f}{guessed}, and {limit}", until)
