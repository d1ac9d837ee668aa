from __future__ import annotations

import pytest

from tideline.domain.alerts.alarm_names import AlarmKind, alarm_name, alarm_prefix, parse_alarm_name


@pytest.mark.parametrize("kind", AlarmKind)
def test_a_name_is_read_as_it_was_made(kind: AlarmKind) -> None:
    name = alarm_name("tideline-dev", kind, "intake-dead-letters")

    assert name.startswith(alarm_prefix("tideline-dev"))
    assert parse_alarm_name(name) == (kind, "intake-dead-letters")


def test_an_environment_hears_of_no_other_whose_name_begins_like_its_own() -> None:
    other = alarm_name("tideline-dev-eu", AlarmKind.DEAD_LETTERS, "x")

    assert not other.startswith(alarm_prefix("tideline-dev"))


def test_alarms_that_roll_back_are_known_too_and_those_of_others_are_not() -> None:
    assert parse_alarm_name("tideline-dev-api-errors") == (AlarmKind.API_ERRORS, "the API")
    assert parse_alarm_name("tideline-dev-api-latency") == (AlarmKind.API_LATENCY, "the API")
    for name in ("billing", "tideline-dev/dead-letters/", "tideline-dev/other/x", ""):
        assert parse_alarm_name(name) is None
