"""Names of looks: they sort by time, and the same event always has the same one."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.monitoring.look import cause_digest, look_name

AT = datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)


def test_a_name_is_the_events_time_and_the_digest_of_its_id() -> None:
    assert look_name(AT, "event-1") == "20261124T120005Z-" + hashlib.sha256(b"event-1").hexdigest()[:12]


def test_a_moment_of_another_zone_has_the_same_name() -> None:
    assert look_name(AT.astimezone(timezone(timedelta(hours=9))), "e") == look_name(AT, "e")


MOMENTS = st.integers(0, 10**9).map(lambda seconds: AT + timedelta(seconds=seconds / 2))


@given(MOMENTS, MOMENTS, st.text(), st.text())
def test_names_sort_by_the_second_and_end_with_the_cause(
    one: datetime, other: datetime, cause: str, another: str
) -> None:
    first, second = look_name(one, cause), look_name(other, another)
    seconds = [each.replace(microsecond=0) for each in (one, other)]
    if seconds[0] < seconds[1]:
        assert first < second
    assert first.endswith(cause_digest(cause))
