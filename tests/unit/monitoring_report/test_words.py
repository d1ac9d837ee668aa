"""Words: numbers as small as they matter, and nothing where there is nothing to say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.looks import TOP, drifts, estimated, look, realised
from tideline.domain.monitoring.record import MonitoringRecord
from tideline.monitoring_report.words import index, meaning, p_value, period, shares, strange, verdict
from tideline.page.words import NOTHING


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, NOTHING), (0.0, "0.000"), (0.00004, "< 0.001"), (0.2134, "0.213"), (7.693, "7.69")],
)
def test_an_index_has_as_many_digits_as_anybody_reads(value: float | None, told: str) -> None:
    assert index(value) == told


@pytest.mark.parametrize(
    ("value", "told"), [(None, NOTHING), (0.0321, "0.032"), (1e-9, "< 0.0001"), (1.0, "1")]
)
def test_p_values_end_where_nobody_can_tell_them_apart(value: float | None, told: str) -> None:
    assert p_value(value) == told


def test_shares_are_told_where_there_are_any_and_once_where_they_are_alike() -> None:
    assert shares(0.0, 0.0) == ""
    assert shares(0.03, 0.03) == "3 %"
    assert shares(0.0, 0.03) == "0 % → 3 %"


def test_a_day_is_a_day_and_anything_else_has_both_ends() -> None:
    midnight = TOP.replace(hour=0)
    assert period(midnight, midnight + timedelta(days=1)) == "2026-03-01"
    assert period(TOP, TOP + timedelta(days=1)) == "2026-03-01 12:00 UTC to 2026-03-02 12:00 UTC"


def test_strange_values_are_told_by_why_they_are() -> None:
    age, plan = drifts()
    assert (strange(age), strange(plan)) == ("2 % outside", "4 % unseen")


def test_why_a_column_was_not_compared_stands_with_it() -> None:
    age = drifts()[0]
    assert verdict(age) == "drifted"
    left_out = age.model_copy(update={"verdict": "not_compared", "reason": "it is private"})
    assert verdict(left_out) == "not compared: it is private"


def warning(**fields: Any) -> MonitoringRecord:
    given: dict[str, Any] = {"estimate": None, "realised": ()}
    return look(decision="warn", **(given | fields))


STEADY = tuple(one.model_copy(update={"verdict": "stable"}) for one in drifts())


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (warning(), "Nothing shows that it does harm"),
        (warning(estimate=estimated(trusted=False)), "Nothing shows that it does harm"),
        (warning(estimate=estimated(trusted=False, dropped=True)), "Quality may have dropped"),
        (
            warning(features=STEADY, realised=(realised(1), realised(0, mature=False))),
            "Quality may have dropped",
        ),
        (warning(features=STEADY), "no feature says why"),
    ],
)
def test_a_warning_is_called_harmless_only_where_nothing_says_otherwise(
    record: MonitoringRecord, said: str
) -> None:
    """The mature period of the samples has a slice that dropped."""
    assert said in meaning(record)
