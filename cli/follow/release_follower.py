"""Follow one release that was asked for by itself, from its queue to traffic or back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from cli.errors import CliError
from cli.follow.follower import POLL_S
from cli.follow.news import News
from cli.follow.outcome import Ending
from cli.follow.release_outcome import release_outcome
from cli.follow.source import Release, ReleaseExecution, Source
from cli.follow.updates import Ended, ReleaseFound, Update, Waiting

# From a request to its execution there is a queue on the way, or the other release that it waits for.
_GRACE_S = 60.0


class ReleaseFollower:
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
        self._news = News()

    def follow(self, release: Release) -> Iterator[Update]:
        """Yield updates until the release has come to its end.

        Raises:
            CliError: time is up, or the release has not begun though nothing is in its way.
        """
        deadline = self._clock() + self._timeout_s
        yield ReleaseFound(release)
        for execution in self._looks(release, deadline):
            if execution is None:
                yield self._queued(release)
                continue
            stages = self._source.stages(execution)
            yield from self._news.of(stages, now=datetime.now(UTC))
            outcome = release_outcome(
                self._source.registry,
                execution,
                shown=self._news.is_shown,
                judgement=self._news.judgement,
            )
            if outcome is not None:
                yield Ended(release, outcome)
                return
            yield Waiting()

    def _looks(self, release: Release, deadline: float) -> Iterator[ReleaseExecution | None]:
        free_since = self._clock()
        while True:
            found = self._source.execution(release)
            yield found
            now = self._clock()
            if found is not None or self._other(release) is not None:
                free_since = now
            if now - free_since >= _GRACE_S:
                raise CliError(_not_begun(release), exit_code=Ending.FAILED.exit_code)
            if now >= deadline:
                raise CliError(
                    f"release {release.name} has not ended in {self._timeout_s:.0f} seconds; it goes on,"
                    f" `tideline status {release.model}` shows how far it is"
                )
            self._sleep(POLL_S)

    def _queued(self, release: Release) -> Waiting:
        other = self._other(release)
        return Waiting(f"waiting for release {other.release.name} to end" if other else "")

    def _other(self, release: Release) -> ReleaseExecution | None:
        return self._source.running_release(release.model)


def _not_begun(release: Release) -> str:
    return (
        f"release {release.name} has not begun, and no other is in its way: it was refused, or there was"
        f" nothing to do; `tideline show {release.model} {release.version}` shows the version's state,"
        " `tideline doctor` what may be stuck"
    )
