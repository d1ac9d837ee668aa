from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.contract.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("90s", 90), ("10m", 600), ("6h", 21_600), ("7d", 604_800), (" 6 h ", 21_600), (45, 45)],
)
def test_a_duration_is_read(text: object, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "h", "0h", "-1h", "1.5h", "1w", "6H", "1h30m", "9999999d", "\u0661h", None, True, 0, -5, 1.0]
)
def test_what_is_no_duration_is_told(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@given(st.integers(1, 10**9))
def test_the_spelling_is_exact(seconds: int) -> None:
    number, unit = int(format_duration(seconds)[:-1]), format_duration(seconds)[-1]
    assert number * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[unit] == seconds
