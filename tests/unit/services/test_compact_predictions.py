from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.capture import LATER, NOON, REQUEST, CaptureWorld, call, line
from tests.fakes.crash import Crash, CrashPlan, sweep
from tests.fakes.samples import MODEL
from tideline.domain.keys import predictions_prefix
from tideline.errors import StorageUnavailable
from tideline.services.compact_predictions import CompactionReceipt

HOUR = timedelta(hours=1)


def deliver(world: CaptureWorld, *contents: dict[str, Any]) -> None:
    world.capture()(line(content) for content in contents)


def test_the_files_of_an_hour_become_one_without_duplicates_sorted_by_time() -> None:
    world = CaptureWorld()
    for n in (3, 1, 2):
        deliver(world, call(n), call(0))
    before = world.table()

    receipt = world.compact(REQUEST)

    assert receipt == CompactionReceipt(merges=1, merged=2, is_done=True)
    assert len(world.files()) == 1
    assert [row["request_id"] for row in world.rows()] == ["r0", "r1", "r2", "r3"]
    assert world.table() == before


def test_the_hour_that_is_under_way_and_other_models_are_left_alone() -> None:
    world = CaptureWorld()
    for n in (1, 2):
        deliver(world, call(n, at=LATER), call(n, model="other"))
    before = world.files()

    assert world.compact(REQUEST).merged == 0
    assert world.files() == before


def test_what_is_merged_is_not_merged_again() -> None:
    world = CaptureWorld()
    deliver(world, call(1))
    deliver(world, call(2))
    world.compact(REQUEST)
    plan = world.plan
    before = plan.calls

    assert world.compact(REQUEST).merges == 0
    assert plan.calls - before == 3  # it lists three days


def test_late_records_are_merged_by_the_next_compaction() -> None:
    world = CaptureWorld()
    deliver(world, call(1))
    deliver(world, call(2))
    world.compact(REQUEST)
    deliver(world, call(0), call(1))
    assert len(world.files()) == 2

    world.clock.wait(hours=1)
    world.compact(REQUEST)

    assert len(world.files()) == 1
    assert [row["request_id"] for row in world.rows()] == ["r0", "r1", "r2"]


def test_a_delivery_repeated_after_compaction_leaves_no_trace_after_the_next() -> None:
    world = CaptureWorld()
    deliver(world, call(1))
    deliver(world, call(2))
    world.compact(REQUEST)
    (merged,) = world.files()
    deliver(world, call(1))

    world.compact(REQUEST)

    assert world.files() == [merged]


def test_more_files_than_one_merge_takes_are_merged_in_several() -> None:
    world = CaptureWorld(files_at_once=2)
    for n in range(5):
        deliver(world, call(n))

    receipt = world.compact(REQUEST)

    assert receipt == CompactionReceipt(merges=4, merged=4, is_done=True)
    assert len(world.rows()) == 5


def test_what_is_too_much_for_one_call_is_asked_for_again() -> None:
    world = CaptureWorld(files_at_once=2, merges_a_call=3)
    for n in range(3):
        deliver(world, call(n), call(n, at=NOON - HOUR))
    world.queue.requests.clear()

    assert not world.compact(REQUEST).is_done
    assert world.queue.requests == [REQUEST]
    assert world.compact(REQUEST).is_done
    assert (len(world.files()), world.queue.requests) == (2, [REQUEST])


def test_an_hour_that_cannot_be_merged_keeps_no_other_from_it() -> None:
    world = CaptureWorld()
    for n in (1, 2):
        deliver(world, call(n), call(n, at=NOON - HOUR))
    broken = f"{predictions_prefix(MODEL, NOON - HOUR)}0.parquet"
    world.lake.write(broken, b"no parquet")

    with pytest.raises(Exception, match=r"Parquet|parquet"):
        world.compact(REQUEST)

    assert len([key for key in world.files() if key.startswith(predictions_prefix(MODEL, NOON))]) == 1
    assert len([key for key in world.files() if key.startswith(broken.rpartition("/")[0])]) == 3


def test_a_store_that_does_not_answer_loses_nothing() -> None:
    world = CaptureWorld()
    deliver(world, call(1))
    deliver(world, call(2))
    before = world.files()
    compact = world.compact

    def fail(key: str, path: Path) -> None:
        raise StorageUnavailable("S3 did not answer")

    world.lake.download = fail  # type: ignore[method-assign]
    with pytest.raises(StorageUnavailable):
        compact(REQUEST)
    assert world.files() == before


def test_whenever_it_dies_no_row_is_lost_and_the_next_run_ends_the_same() -> None:
    start = CaptureWorld()
    for n in range(3):
        deliver(start, call(n), call(3))
    before = start.table()

    def scenario(plan: CrashPlan) -> None:
        world = start.twin(plan)
        try:
            world.compact(REQUEST)
        except Crash:
            assert world.table() == before
            plan.at = 0
            world.compact(REQUEST)
        assert len(world.files()) == 1
        assert world.table() == before

    assert sweep(scenario) >= 10


class Interleaved:
    """A lake on which another compaction runs as a whole, just before one call of this one."""

    def __init__(self, world: CaptureWorld, *, at: int) -> None:
        self._world, self._left = world, at

    def __getattr__(self, name: str) -> Any:
        def call_it(*args: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                self._world.compact(REQUEST)
            return getattr(self._world.lake, name)(*args)

        return call_it


@pytest.mark.parametrize("at", range(1, 11))
def test_two_compactions_at_once_lose_nothing(at: int) -> None:
    world = CaptureWorld()
    for n in range(3):
        deliver(world, call(n))
    before = world.table()
    slow = CaptureWorld(lake=Interleaved(world, at=at), queue=world.queue)  # type: ignore[arg-type]

    slow.compact(REQUEST)

    assert world.table() == before
    world.compact(REQUEST)
    assert (world.table(), len(world.files())) == (before, 1)


deliveries = st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=4), max_size=5)


@settings(max_examples=12, deadline=None)
@given(batches=deliveries, compactions=st.sets(st.integers(0, 5), max_size=2))
def test_any_order_duplication_and_batching_gives_the_same_table(
    batches: list[list[int]], compactions: set[int]
) -> None:
    """Before, between and after compactions; calls lie in two hours and have up to two rows."""
    calls = [call(n, at=NOON - n % 2 * HOUR, rows=1 + n % 3 // 2) for n in range(8)]
    straight, world = CaptureWorld(), CaptureWorld()
    deliver(straight, *(calls[n] for n in sorted({n for batch in batches for n in batch})))

    for number, batch in enumerate(batches):
        if number in compactions:
            world.compact(REQUEST)
        deliver(world, *(calls[n] for n in batch))

    assert world.table() == straight.table()
    world.compact(REQUEST)
    assert world.table() == straight.table()
    assert world.files() == straight.files()
