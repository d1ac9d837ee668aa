from __future__ import annotations

from datetime import timedelta

from tests.fakes.monitoring import NOON, look
from tests.fakes.object_store import FakeObjectStore
from tideline.domain.monitoring.look import RECORD_FILE, look_name
from tideline.services.monitoring.looks import HISTORY, Looks


def _kept(looks: Looks, hours: float, decision: str = "stable") -> str:
    record = look(hours, decision)
    name = look_name(record.at, record.cause)
    looks.keep(name, record, page=b"<html>", window=None)
    return name


def test_looks_before_one_come_oldest_first_with_whether_they_were_told() -> None:
    looks = Looks(FakeObjectStore(), "churn")
    names = [_kept(looks, hours) for hours in (-2, -1, 0, 1)]
    looks.mark_told(names[1])
    before = looks.before(names[2], at=NOON)
    assert [(record.at - NOON, told) for record, told in before] == [
        (timedelta(hours=-2), False),
        (timedelta(hours=-1), True),
    ]


def test_the_newest_looks_are_found_and_one_of_each_day_before() -> None:
    looks = Looks(FakeObjectStore(), "churn")
    for hours in range(-200, 0):
        _kept(looks, hours)
    before = [record.at for record, _ in looks.before(look_name(NOON, "now"), at=NOON)]
    assert before[-HISTORY:] == [NOON - timedelta(hours=hours) for hours in range(HISTORY, 0, -1)]
    days = [(NOON - timedelta(days=days)).date() for days in range(8, 1, -1)]
    assert [at.date() for at in before[:-HISTORY]] == days


def test_what_was_told_of_late_is_found_among_many_looks() -> None:
    looks = Looks(FakeObjectStore(), "churn")
    looks.mark_told(_kept(looks, -6))
    for minute in range(1, 100):
        _kept(looks, -minute / 60)
    before = looks.before(look_name(NOON, "now"), at=NOON)
    assert [record.at - NOON for record, told in before if told] == [timedelta(hours=-6)]


def test_a_damaged_record_is_no_record() -> None:
    lake = FakeObjectStore()
    looks = Looks(lake, "churn")
    name = _kept(looks, -1)
    lake.write(looks.key(name, RECORD_FILE), b"{")
    assert looks.record(name) is None
    assert looks.before(look_name(NOON, "now"), at=NOON) == []


def test_a_look_that_was_not_kept_is_not_there() -> None:
    assert Looks(FakeObjectStore(), "churn").record("20260302T120000Z-000000000000") is None
