from __future__ import annotations

from datetime import UTC, datetime

from tests.fakes.monitoring import FakeCallCounter, reference
from tests.fakes.object_store import FakeObjectStore
from tideline.domain import keys
from tideline.services.monitoring.hourly_counts import HourlyCounts

HOUR = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _counts(lake: FakeObjectStore, counter: FakeCallCounter) -> HourlyCounts:
    return HourlyCounts(lake, counter, reference(), 1, ("tenure", "contract"))


def test_an_hour_is_counted_once_for_as_long_as_its_files_are_the_same() -> None:
    lake, counter = FakeObjectStore(), FakeCallCounter()
    first = _counts(lake, counter).of(HOUR, ["a", "b"])
    assert _counts(lake, counter).of(HOUR, ["b", "a"]) == first
    assert counter.hours == [HOUR]


def test_a_late_file_makes_an_hour_count_anew() -> None:
    lake, counter = FakeObjectStore(), FakeCallCounter()
    _counts(lake, counter).of(HOUR, ["a"])
    counter.rows = 150
    assert _counts(lake, counter).of(HOUR, ["a", "late"]).counts.rows == 150


def test_a_damaged_file_of_counts_is_made_anew() -> None:
    lake, counter = FakeObjectStore(), FakeCallCounter()
    first = _counts(lake, counter).of(HOUR, ["a"])
    lake.write(keys.hour_counts_key("churn", 1, HOUR), b'{"sources": 7')
    assert _counts(lake, counter).of(HOUR, ["a"]) == first
    assert _counts(lake, counter).of(HOUR, ["a"]) == first
    assert len(counter.hours) == 2


def test_a_writer_with_an_older_state_of_the_hour_is_found_out() -> None:
    lake, counter = FakeObjectStore(), FakeCallCounter(200)
    _counts(lake, counter).of(HOUR, ["a", "b"])
    _counts(lake, FakeCallCounter(100)).of(HOUR, ["a"])
    assert _counts(lake, counter).of(HOUR, ["a", "b"]).counts.rows == 200
