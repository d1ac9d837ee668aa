"""Follow one release that was asked for by itself, from its queue to traffic or back."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime

from cli.errors import CliError
from cli.follow.follower import POLL_S
from cli.follow.news import News
from cli.follow.outcome import Ending, Outcome
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
        while True:
            execution = yield from self._until_begun(release, deadline)
            outcome = yield from self._until_over(execution, deadline)
            if outcome is not None:
                yield Ended(release, outcome)
                return
            release = yield from self._until_succeeded(execution, deadline)
            yield ReleaseFound(release)

    def _until_begun(self, release: Release, deadline: float) -> Generator[Update, None, ReleaseExecution]:
        free_since = self._clock()
        while (found := self._source.execution(release)) is None:
            free_since = self._require_way(release, free_since)
            yield from self._pause(release, deadline, self._queued(release))
        return found

    def _until_over(
        self, execution: ReleaseExecution, deadline: float
    ) -> Generator[Update, None, Outcome | None]:
        """Tell what is new until the release is over; return None where it only waits for its turn."""
        release = execution.release
        while True:
            now = self._source.execution(release) or execution
            yield from self._news.of(self._source.stages(now), now=datetime.now(UTC))
            if now.is_over and self._news.is_queued:
                return None
            outcome = release_outcome(
                self._source.registry,
                now,
                shown=self._news.is_shown,
                judgement=self._news.judgement,
            )
            if outcome is not None:
                return outcome
            yield from self._pause(release, deadline, Waiting())

    def _until_succeeded(
        self, execution: ReleaseExecution, deadline: float
    ) -> Generator[Update, None, Release]:
        """Return the release that takes this one's place when its turn has come."""
        release, free_since = execution.release, self._clock()
        while True:
            newest = self._source.newest_release(release.model)
            if newest and newest.began > execution.began and newest.release.version == release.version:
                return newest.release
            free_since = self._require_way(release, free_since)
            yield from self._pause(release, deadline, self._queued(release))

    def _require_way(self, release: Release, free_since: float) -> float:
        """Return since when nothing is in a release's way; raises `CliError` where that is too long."""
        now = self._clock()
        if self._source.running_release(release.model) is not None:
            return now
        if now - free_since >= _GRACE_S:
            raise CliError(_not_begun(release), exit_code=Ending.FAILED.exit_code)
        return free_since

    def _pause(self, release: Release, deadline: float, update: Waiting) -> Iterator[Update]:
        yield update
        if self._clock() >= deadline:
            raise CliError(
                f"release {release.name} has not ended in {self._timeout_s:.0f} seconds; it goes on,"
                f" `tideline status {release.model}` shows how far it is"
            )
        self._sleep(POLL_S)

    def _queued(self, release: Release) -> Waiting:
        other = self._source.running_release(release.model)
        return Waiting(f"waiting for release {other.release.name} to end" if other else "")


def _not_begun(release: Release) -> str:
    return (
        f"release {release.name} has not begun, and no other is in its way: it was refused, or there was"
        f" nothing to do; `tideline show {release.model} {release.version}` shows the version's state,"
        " `tideline doctor` what may be stuck"
    )
