"""The cache under trouble; what it does on a good day is in `test_deployment_reader`."""

from __future__ import annotations

import pytest

from tests.unit.serving import samples
from tests.unit.serving.samples import FakeClock, FakeTable
from tideline.errors import StorageUnavailable, TidelineError
from tideline.serving.aws_reads import DeploymentTable
from tideline.serving.deployment_cache import TIME_TO_LIVE_S, DeploymentCache
from tideline.serving.http_connection import Response

_FIRST, _SECOND = (samples.version(samples.artifact(), number) for number in (1, 2))
_CALLS_A_SECOND = 50


class Away:
    """A table that takes its time to fail, as one does that does not answer; the clock goes on meanwhile."""

    def __init__(self, clock: FakeClock, *, takes_s: float) -> None:
        self._clock = clock
        self._takes_s = takes_s
        self.attempts: list[int] = []

    def read(self, model: str, *, attempts: int) -> bytes | None:
        self.attempts.append(attempts)
        self._clock.now += self._takes_s
        raise StorageUnavailable("no answer")


def _version(cache: DeploymentCache) -> int | None:
    deployment = cache.get("churn")
    return None if deployment is None else deployment.champion.version


@pytest.mark.parametrize("takes_s", [0.0, 6.0])
def test_a_table_that_is_away_for_a_minute_costs_one_attempt_each_ttl(takes_s: float) -> None:
    clock, table = FakeClock(), FakeTable(churn=samples.document(_FIRST))
    cache = DeploymentCache(table, clock=clock)
    assert _version(cache) == 1
    away = Away(clock, takes_s=takes_s)
    cache._table = away
    began = clock.now
    while clock.now < began + 60:
        clock.now += 1 / _CALLS_A_SECOND
        assert _version(cache) == 1
    assert set(away.attempts) == {1}
    # Time begins after a failure: one that takes longer than a record is believed must not follow itself.
    assert len(away.attempts) == pytest.approx(60 / (TIME_TO_LIVE_S + takes_s), abs=1)
    cache._table = FakeTable(churn=samples.document(_SECOND, generation=2))
    clock.now += TIME_TO_LIVE_S
    assert _version(cache) == 2


def test_an_older_generation_is_not_taken_after_a_newer_one(capsys: pytest.CaptureFixture[str]) -> None:
    clock, table = FakeClock(), FakeTable(churn=samples.document(_SECOND, generation=7))
    cache = DeploymentCache(table, clock=clock)
    assert _version(cache) == 2
    table.documents["churn"] = samples.document(_FIRST, generation=6)
    for _ in range(3):
        clock.now += TIME_TO_LIVE_S
        assert _version(cache) == 2
    assert capsys.readouterr().out.count('"an older deployment record was read"') == 3
    # Going back is a newer generation, too.
    table.documents["churn"] = samples.document(_FIRST, generation=8)
    clock.now += TIME_TO_LIVE_S
    assert _version(cache) == 1


def test_the_same_generation_may_be_written_again() -> None:
    clock, table = FakeClock(), FakeTable(churn=samples.document(_FIRST, generation=7))
    cache = DeploymentCache(table, clock=clock)
    assert _version(cache) == 1
    table.documents["churn"] = samples.document(_SECOND, generation=7)
    clock.now += TIME_TO_LIVE_S
    assert _version(cache) == 2


def test_a_record_is_believed_as_long_as_it_was_told() -> None:
    clock, table = FakeClock(), FakeTable(churn=samples.document(_FIRST))
    cache = DeploymentCache(table, clock=clock, ttl_s=0.5)
    assert _version(cache) == 1
    table.documents["churn"] = samples.document(_SECOND)
    clock.now += 0.4
    assert _version(cache) == 1
    clock.now += 0.1
    assert _version(cache) == 2


def test_one_models_trouble_is_not_anothers() -> None:
    clock = FakeClock()

    class Partly(FakeTable):
        def read(self, model: str, *, attempts: int) -> bytes | None:
            if model == "tides":
                raise StorageUnavailable("throttled")
            return super().read(model, attempts=attempts)

    cache = DeploymentCache(Partly(churn=samples.document(_FIRST)), clock=clock)
    with pytest.raises(TidelineError):
        cache.get("tides")
    assert _version(cache) == 1


def test_an_answer_of_the_table_that_cannot_be_read_leaves_the_record_in_use() -> None:
    class Garbled:
        def call(self, *_: object, **__: object) -> Response:
            return Response(200, {}, b"<html>a proxy's page</html>")

    clock = FakeClock()
    cache = DeploymentCache(FakeTable(churn=samples.document(_FIRST)), clock=clock)
    assert _version(cache) == 1
    cache._table = DeploymentTable(Garbled(), "registry")
    clock.now += TIME_TO_LIVE_S
    assert _version(cache) == 1
