"""Why no run starts now, and what a person can do about it."""

from __future__ import annotations

from typing import Any

from cli.words import count, dollars, spaced
from tideline.domain.contract.spec import RetrainingSpec
from tideline.domain.training.admission import Denial
from tideline.domain.training.governing.month import Spending
from tideline.domain.training.governing.wish import Wish

_FORCE = "`tideline retrain {model} --force` trains now all the same."
_ADVICE: dict[Denial, str] = {
    Denial.MALFORMED: "`tideline retrain {model}` sends a command that can be read.",
    Denial.UNKNOWN_MODEL: "`tideline apply FILE` makes a model from its spec.",
    Denial.NO_DATA: "`tideline push {model} FILE` brings data, and starts the first run.",
    Denial.NOT_ASKED_FOR: "Add it to `retraining.on` in the spec and `tideline apply` it, or ask by hand:"
    " `tideline retrain {model}`.",
    Denial.NOTHING_NEW: "New data (`tideline push {model} FILE`) or another spec makes another model; to"
    " train on the same once more: `tideline retrain {model} --force`.",
    Denial.IN_FLIGHT: "Follow the run under way: `tideline watch {model}`.",
    Denial.COOLDOWN: "`tideline retrain {model}` does not wait for `retraining.cooldown`.",
    Denial.RUN_BUDGET: "Raise `retraining.max_runs_per_month` and `tideline apply` it; " + _FORCE,
    Denial.COST_BUDGET: "`tideline runs {model}` shows what each run cost. Only a higher"
    " `retraining.max_cost_per_month` lets another one start this month: `tideline apply` it.",
    Denial.BREAKER_OPEN: "`tideline why {model}` says why the last candidate was rejected. `tideline retrain"
    " {model}` tries once more now; `retraining.breaker` sets how many rejections are enough.",
}


def advise_denied(denial: Denial, *, model: str) -> str:
    """Return what to do about a denial."""
    return _ADVICE[denial].format(model=model)


def told_wish(wish: Wish) -> str:
    """Return what waits, and what for."""
    who = f"{wish.trigger} by {wish.requested_by}" if wish.requested_by else wish.trigger
    forced = ", by force" if wish.force else ""
    why = f": {wish.explanation}" if wish.explanation else ""
    return f"a run ({who}{forced}) waits, {spaced(wish.denial)}{why}"


def wish_json(wish: Wish | None) -> dict[str, Any] | None:
    """Return what waits as JSON."""
    if wish is None:
        return None
    return wish.model_dump(mode="json", exclude={"model", "event_id", "after_run", "doing", "told"})


def told_month(spent: Spending, rules: RetrainingSpec) -> str:
    """Return a month's runs and their cost, against what the spec allows."""
    runs = count(spent.runs, "run")
    if rules.max_runs_per_month is not None:
        runs = f"{spent.runs} of {count(rules.max_runs_per_month, 'run')}"
    cost = dollars(spent.cost_usd)
    if rules.max_cost_per_month is not None:
        cost = f"{cost} of ${rules.max_cost_per_month:g}"
    unknown = f", the cost of {count(spent.unknown, 'run')} not known" if spent.unknown else ""
    return f"{runs}, {cost}{unknown}"


def month_json(spent: Spending, rules: RetrainingSpec) -> dict[str, Any]:
    """Return the same as JSON; limits are null where the spec sets none."""
    return {
        "runs": spent.runs,
        "max_runs": rules.max_runs_per_month,
        "cost_usd": spent.cost_usd,
        "max_cost_usd": rules.max_cost_per_month,
        "runs_of_unknown_cost": spent.unknown,
    }
