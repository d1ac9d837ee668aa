"""Follow one run, from its first stage to traffic, by looking again and again at what is recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from cli.errors import CliError
from cli.follow.details import evaluation_of
from cli.follow.news import News
from cli.follow.outcome import outcome_of
from cli.follow.source import Source
from cli.follow.updates import Ended, Judged, RunFound, Update, Waiting
from tideline.domain.training.run import Evaluated, Run

POLL_S = 1.0


class Follower:
    """Yields an update for everything that is new since the last look."""

    def __init__(
        self,
        source: Source,
        *,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source = source
        self._timeout_s = timeout_s
        self._clock = clock
        self._sleep = sleep
        self._training = News()
        self._release = News()
        self._judged = False

    def follow(self, run: Run) -> Iterator[Update]:
        """Yield updates until the run has come to its end; raises `CliError` when time is up."""
        deadline = self._clock() + self._timeout_s
        yield RunFound(run)
        while True:
            run = self._source.load(run)
            outcome = outcome_of(self._source.registry, run)
            yield from self._news(run)
            if outcome is not None:
                yield Ended(run, outcome)
                return
            if self._clock() >= deadline:
                raise CliError(
                    f"run {run.order.run_id} has not ended in {self._timeout_s:.0f} seconds; it goes on,"
                    " `tideline doctor` shows what may be stuck"
                )
            yield Waiting()
            self._sleep(POLL_S)

    def _news(self, run: Run) -> Iterator[Update]:
        now, progress = datetime.now(UTC), self._source.training(run)
        yield from self._training.of(progress, now=now)
        for stage in progress.stages:
            yield from self._verdict(evaluation_of(stage))
        yield from self._verdict(run.evaluation)
        if run.is_over and run.version is not None:
            yield from self._release.of(self._source.release(run), now=now)

    def _verdict(self, evaluation: Evaluated | None) -> Iterator[Update]:
        if evaluation is not None and not self._judged:
            self._judged = True
            yield Judged(evaluation)
