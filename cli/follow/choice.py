"""What to follow when nothing is named: a run, or a release that somebody asked for by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cli.errors import CliError
from cli.follow.source import Release, Source, release_named
from cli.registry import Registry
from tideline.domain.training.admission import Request, admit
from tideline.domain.training.run import Run, Trigger

# From a file's receipt to its run's record there are two queues on the way.
_GRACE_S = 20.0
# Somebody may have sent an event by hand a moment ago, of which nothing is known here.
_BRIEFLY_S = 3.0
_POLL_S = 0.5


@dataclass(frozen=True)
class Patience:
    """By which clock to wait for what starts in a moment."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def choose(source: Source, model: str, *, patience: Patience | None = None) -> Run | Release:
    """Return what is under way, a run first; or what starts within seconds, or else the newest.

    Raises:
        CliError: there is nothing.
    """
    for _ in _looks(source.registry, model, patience or Patience()):
        run, execution = _under_way(source.registry, model), source.running_release(model)
        if run is not None:
            return run
        if execution is not None:
            return execution.release
    return _newest(source, model)


def choose_run(registry: Registry, model: str, *, patience: Patience | None = None) -> Run:
    """Return the run that is under way, or starts within seconds, or the newest.

    Raises:
        CliError: there is none.
    """
    for _ in _looks(registry, model, patience or Patience()):
        run = _under_way(registry, model)
        if run is not None:
            return run
    return _newest_run(registry, model)


def named_run(registry: Registry, model: str, run_id: str) -> Run:
    """Return a run by its id; raises `CliError` where the model has no such run."""
    run = registry.runs.load(model, run_id)
    if run is None:
        raise CliError(f"{model} has no run {run_id!r}: `tideline runs {model}` lists them")
    return run


def named_release(source: Source, model: str, name: str) -> Release:
    """Return a release by its id; raises `CliError` where the model has no such release."""
    release = release_named(name)
    if release is None or release.model != model or source.execution(release) is None:
        raise CliError(f"{model} has no release {name!r}: `tideline status {model}` shows what is under way")
    return release


def _looks(registry: Registry, model: str, patience: Patience) -> Iterator[None]:
    """Yield as often as it is worth another look for something that starts in a moment."""
    began = patience.clock()
    while True:
        yield
        most = _GRACE_S if _expected(registry, model) else _BRIEFLY_S
        if patience.clock() - began >= most:
            return
        patience.sleep(_POLL_S)


def _under_way(registry: Registry, model: str) -> Run | None:
    run_id = registry.runs.in_flight(model)
    return None if run_id is None else registry.runs.load(model, run_id)


def _expected(registry: Registry, model: str) -> bool:
    """Tell whether the newest data would start a run, so that waiting for one makes sense."""
    situation = registry.situation(model)
    request = Request(model, Trigger.DATA, event_id="")
    return admit(request, situation, at=datetime.now(UTC)).denial is None


def _newest(source: Source, model: str) -> Run | Release:
    run, found = _newest_run(source.registry, model), source.newest_release(model)
    # The release of what the run made is shown with the run.
    if found is None or found.release.version == run.version or found.began < run.created_at:
        return run
    return found.release


def _newest_run(registry: Registry, model: str) -> Run:
    runs = registry.runs.all(model)
    if runs:
        return runs[-1]
    if registry.datasets.latest_version(model) == 0:
        raise CliError(f"{model} has no data yet, so nothing trains: tideline push {model} FILE")
    raise CliError(f"{model} has no run yet: `tideline retrain {model}` starts one")
