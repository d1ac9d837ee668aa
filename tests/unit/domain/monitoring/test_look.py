from __future__ import annotations

from datetime import timedelta, timezone

from tests.fakes.monitoring import NOON
from tideline.domain.monitoring.look import look_name


def test_an_event_delivered_again_asks_for_the_same_look() -> None:
    zone = timezone(timedelta(hours=5))
    assert look_name(NOON, "event") == look_name(NOON.astimezone(zone), "event")


def test_two_events_of_one_second_ask_for_two_looks() -> None:
    assert look_name(NOON, "one") != look_name(NOON, "another")


def test_looks_sort_by_time() -> None:
    names = [look_name(NOON + timedelta(hours=hour), "event") for hour in range(30)]
    assert names == sorted(names)
