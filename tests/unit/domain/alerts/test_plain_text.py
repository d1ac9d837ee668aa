from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tideline.domain.alerts.plain_text import ascii_line, one_line, without_mentions

TEXTS = st.text(st.characters(exclude_categories=()))


@given(TEXTS, st.integers(4, 200))
def test_whatever_comes_in_is_one_printable_line_of_at_most_so_many_characters(text: str, most: int) -> None:
    line = one_line(text, most=most)

    assert len(line) <= most
    assert line.isprintable()
    assert line == line.strip()
    line.encode()


@given(TEXTS, st.integers(4, 200))
def test_a_subject_is_ascii(text: str, most: int) -> None:
    line = ascii_line(text, most=most)

    assert len(line) <= most
    assert line.isascii()
    assert line.isprintable() or not line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("two\r\nlines\tand \x1b[31mred", "two lines and [31mred"),
        ("evil\u202egpj.exe", "evil gpj.exe"),
        ("a\u2028b\x00c", "a b c"),
        ("x" * 12, "x" * 9 + "…"),
    ],
)
def test_what_would_break_a_line_or_turn_it_round_becomes_a_space(text: str, line: str) -> None:
    assert one_line(text, most=10 if "xx" in text else 100) == line


def test_nobody_is_called_in_a_chat() -> None:
    text = without_mentions("<!channel> ask @all or <users/all>")

    assert "<" not in text
    assert "@all" not in text
    assert "!channel" in text
