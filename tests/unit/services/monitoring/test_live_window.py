from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.fakes.monitoring import NOON, FakeCallCounter, reference
from tests.fakes.object_store import FakeObjectStore
from tideline.domain import keys
from tideline.domain.monitoring.counting.hour import hour_of
from tideline.errors import RegistryConflict, StorageUnavailable
from tideline.services.monitoring.hourly_counts import HourlyCounts
from tideline.services.monitoring.live_window import LONGEST, LiveWindow, first_day, live_window
from tideline.services.monitoring.log_hours import LogHours

_HOUR = timedelta(hours=1)


class _World:
    def __init__(self, rows: int = 100) -> None:
        self.lake, self.counter = FakeObjectStore(), FakeCallCounter(rows)
        self.counts = HourlyCounts(self.lake, self.counter, reference(), 1, ("tenure", "contract"))

    def answered(self, *back: int) -> None:
        for hours in back:
            self.lake.write(keys.predictions_prefix("churn", NOON - hours * _HOUR) + "a.parquet", b"")

    @property
    def hours(self) -> LogHours:
        return LogHours.listed(self.lake, "churn", since=NOON - LONGEST, until=NOON)

    def window(self, *, length: timedelta = _HOUR, min_rows: int = 1) -> LiveWindow:
        return live_window(self.hours, self.counts, until=NOON, length=length, min_rows=min_rows)


def _hour(back: int) -> datetime:
    return hour_of(NOON - back * _HOUR)


def test_a_window_is_as_long_as_was_asked_for() -> None:
    world = _World()
    world.answered(0, 1, 2, 3)
    window = world.window()
    assert (window.since, window.until) == (_hour(1), NOON)
    assert window.counts is not None
    assert window.counts.rows == 200
    assert [(share.version, share.rows) for share in window.shares] == [(1, 200)]


def test_a_window_goes_back_until_there_are_enough_rows() -> None:
    world = _World()
    world.answered(*range(10))
    window = world.window(min_rows=500)
    assert window.since == _hour(4)
    assert window.counts is not None
    assert window.counts.rows == 500


def test_a_window_reads_no_hour_more_than_it_needs() -> None:
    world = _World()
    world.answered(*range(100))
    world.window()
    assert world.counter.hours == [_hour(0), _hour(1)]


def test_a_window_is_a_week_long_at_most() -> None:
    world = _World()
    world.answered(*range(0, 400, 4))
    window = world.window(min_rows=1_000_000)
    assert window.since == _hour(168)


def test_hours_in_which_only_others_answered_are_not_of_the_window() -> None:
    world = _World(rows=0)
    world.answered(*range(100))
    window = world.window(min_rows=500)
    assert (window.since, window.counts) == (_hour(1), None)


def test_storage_that_does_not_answer_is_an_error_to_try_again() -> None:
    world = _World()
    world.answered(0)
    world.counter.failing[_hour(0)] = StorageUnavailable("S3 answered 503")
    with pytest.raises(StorageUnavailable):
        world.window()


def test_without_traffic_there_is_a_window_and_nothing_in_it() -> None:
    window = _World().window()
    assert window.counts is None
    assert window.since == _hour(1)


def test_an_hour_that_cannot_be_read_is_left_out_and_told() -> None:
    world = _World()
    world.answered(0, 1)
    world.counter.failing[_hour(1)] = StorageUnavailable("'x.parquet' cannot be read", damaged=True)
    window = world.window()
    assert window.counts is not None
    assert window.counts.rows == 100
    assert window.notes == ("the hour from 2026-03-02 11:00 is left out: 'x.parquet' cannot be read",)


def test_a_log_that_changes_meanwhile_is_an_error_to_try_again() -> None:
    world = _World()
    world.answered(0)
    world.counter.failing[_hour(0)] = RegistryConflict("vanished")
    with pytest.raises(RegistryConflict):
        world.window()


def test_the_first_day_is_a_day_long() -> None:
    world = _World()
    world.answered(0, 10, 23, 24, 30)
    day = first_day(world.hours, world.counts, since=_hour(30))
    assert day.counts is not None
    assert day.counts.rows == 400
    assert set(world.counter.hours) == {_hour(30), _hour(24), _hour(23), _hour(10)}
