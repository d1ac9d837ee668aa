"""Which run to follow when none is named."""

from __future__ import annotations

import time
from collections.abc import Callable

from cli.errors import CliError
from cli.registry import Registry
from tideline.domain.training.admission import Request, admit
from tideline.domain.training.run import Run, Trigger

# From a file's receipt to its run's record there are two queues on the way.
_GRACE_S = 20.0
# Somebody may have sent an event by hand a moment ago, of which nothing is known here.
_BRIEFLY_S = 3.0
_POLL_S = 0.5


def choose_run(
    registry: Registry,
    model: str,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Run:
    """Return the run that is under way, or starts within seconds, or the newest.

    Raises:
        CliError: there is none.
    """
    began = clock()
    while True:
        current = _under_way(registry, model)
        if current is not None:
            return current
        patience = _GRACE_S if _expected(registry, model) else _BRIEFLY_S
        if clock() - began >= patience:
            return _newest(registry, model)
        sleep(_POLL_S)


def named_run(registry: Registry, model: str, run_id: str) -> Run:
    """Return a run by its id; raises `CliError` where the model has no such run."""
    run = registry.runs.load(model, run_id)
    if run is None:
        raise CliError(f"{model} has no run {run_id!r}: `tideline runs {model}` lists them")
    return run


def _under_way(registry: Registry, model: str) -> Run | None:
    run_id = registry.runs.in_flight(model)
    return None if run_id is None else registry.runs.load(model, run_id)


def _expected(registry: Registry, model: str) -> bool:
    """Tell whether the newest data would start a run, so that waiting for one makes sense."""
    situation = registry.situation(model)
    return admit(Request(model, Trigger.DATA, event_id=""), situation).denial is None


def _newest(registry: Registry, model: str) -> Run:
    runs = registry.runs.all(model)
    if runs:
        return runs[-1]
    if registry.datasets.latest_version(model) == 0:
        raise CliError(f"{model} has no data yet, so nothing trains: tideline push {model} FILE")
    raise CliError(f"{model} has no run yet: `tideline retrain {model}` starts one")
