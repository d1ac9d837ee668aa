from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.contract.schedules import check_schedule


# The cron lines are the examples of EventBridge's and EventBridge Scheduler's own pages.
@pytest.mark.parametrize(
    "text",
    [
        "rate(1 minute)",
        "rate(6 hours)",
        "rate(30 days)",
        "cron(0 3 * * ? *)",
        "cron(0 10 * * ? *)",
        "cron(15 12 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0/15 * * * ? *)",
        "cron(*/15 * * * ? *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
        "cron(0/30 20-2 ? * MON-FRI *)",
        "cron(15 10 ? * 6L 2022-2023)",
        "cron(0 9 ? * 2#1 *)",
        "cron(0 9 LW * ? *)",
        "cron(0 9 3W * ? *)",
        "cron(0 0 1 jan,JUL ? 2027)",
    ],
)
def test_what_the_scheduler_takes_is_legal(text: str) -> None:
    assert check_schedule(text) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("daily", "no schedule"),
        ("rate(0 days)", "no schedule"),
        ("rate(1 week)", "no schedule"),
        ("at(2026-01-01T00:00:00)", "no schedule"),
        ("cron()", "no schedule"),
        ("cron(0 3 * * ? *) ", "no schedule"),
        ("cron(0 3 * * ?     )", "six fields"),
        ("cron(0 3 * * ? * *)", "six fields"),
        ("cron(60 3 * * ? *)", "no minutes"),
        ("cron(0 24 * * ? *)", "no hours"),
        ("cron(0 3 0 * ? *)", "no day of month"),
        ("cron(0 3 * 13 ? *)", "no month"),
        ("cron(0 3 ? * 8 *)", "no day of week"),
        ("cron(0 3 ? * MON-XYZ *)", "no day of week"),
        ("cron(0 3 * * ? 1969)", "no year"),
        ("cron(? 3 * * ? *)", "no minutes"),
        ("cron(0/0 3 * * ? *)", "no minutes"),
        ("cron(1-2-3 3 * * ? *)", "no minutes"),
        ("cron(0, 3 * * ? *)", "no minutes"),
        ("cron(0 3 * * * *)", "`?`"),
        ("cron(0 3 ? * ? *)", "`?`"),
    ],
)
def test_what_the_scheduler_would_refuse_is_told(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("?", r"\?")):
        check_schedule(text)


@given(st.text())
def test_any_text_is_taken_as_it_is_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert check_schedule(text) == text
