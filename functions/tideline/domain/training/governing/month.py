"""What a model's runs of a calendar month came to; months are in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from tideline.domain.training.run import Run


@dataclass(frozen=True)
class Spending:
    """Runs of a month.

    Attributes:
        runs: How many began in it, however they ended.
        cost_usd: What they cost, those counted whose cost is not known.
        unknown: How many of those that are over have no known cost.
        guess_usd: What each of these counts; None where no run of the model has a known cost, and they count
            nothing.
    """

    runs: int = 0
    cost_usd: float = 0.0
    unknown: int = 0
    guess_usd: float | None = None


def begin_of_month(at: datetime) -> datetime:
    """Return the first moment of the month."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(at: datetime) -> datetime:
    """Return the first moment of the month after."""
    begin = begin_of_month(at)
    if begin.month == 12:  # noqa: PLR2004 months of a year
        return begin.replace(year=begin.year + 1, month=1)
    return begin.replace(month=begin.month + 1)


def spending(runs: Iterable[Run], *, at: datetime) -> Spending:
    """Return what runs of the month of a moment came to.

    A run whose cost nobody could find out counts as much as the most expensive one ever: taken for nothing,
    a history that cannot be read would switch the budget off.

    Args:
        runs: Every run of the model.
        at: The moment.
    """
    runs = tuple(runs)
    counted = [run for run in runs if begin_of_month(at) <= run.created_at < next_month(at)]
    known = sum(run.cost.total_usd for run in counted if run.cost is not None)
    unknown = sum(run.is_over and run.cost is None for run in counted)
    guess = max((run.cost.total_usd for run in runs if run.cost is not None), default=None)
    return Spending(
        runs=len(counted), cost_usd=known + unknown * (guess or 0.0), unknown=unknown, guess_usd=guess
    )
